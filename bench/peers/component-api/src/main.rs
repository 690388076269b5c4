//! The calls of `bench/calls` through the engine's own component API, as the engine's users have it:
//! from the host with typed functions, and between the two components that the file composes.
//! Prints medians in ns a call: {"host": {"scalar": …, …}, "composed": {…}}.

use std::collections::BTreeMap;
use std::time::Instant;

use wasmtime::component::{Component, ComponentType, Instance, Lift, Linker, Lower, TypedFunc};
use wasmtime::{Config, Engine, Result, Store};

const ROUNDS: usize = 15;

#[derive(ComponentType, Lift, Lower, Clone)]
#[component(record)]
struct Record {
    id: u32,
    weight: f32,
    size: u64,
    place: i32,
}

struct Bench {
    store: Store<()>,
    instance: Instance,
    results: BTreeMap<&'static str, BTreeMap<&'static str, f64>>,
}

/// The median over rounds of `run(calls)`'s duration a call.
fn median(calls: u32, mut run: impl FnMut(u32) -> Result<()>) -> Result<f64> {
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        run(calls)?;
        rounds.push(began.elapsed().as_nanos() as f64 / f64::from(calls));
    }
    rounds.sort_by(f64::total_cmp);
    Ok(rounds[rounds.len() / 2])
}

impl Bench {
    fn func<P, R>(&mut self, name: &str) -> Result<TypedFunc<P, R>>
    where
        P: wasmtime::component::ComponentNamedList + Lower,
        R: wasmtime::component::ComponentNamedList + Lift,
    {
        self.instance.get_typed_func::<P, R>(&mut self.store, name)
    }

    /// One call from the host each.
    fn host<P>(&mut self, case: &'static str, name: &str, calls: u32, params: P) -> Result<()>
    where
        P: wasmtime::component::ComponentNamedList + Lower + Clone,
    {
        let func: TypedFunc<P, (u32,)> = self.func(name)?;
        let time = median(calls, |calls| {
            for _ in 0..calls {
                func.call(&mut self.store, params.clone())?;
            }
            Ok(())
        })?;
        self.results.entry("host").or_default().insert(case, time);
        Ok(())
    }

    /// The guest's own loop: `params(calls)` are its arguments.
    fn composed<P>(
        &mut self, case: &'static str, name: &str, calls: u32, params: impl Fn(u32) -> P,
    ) -> Result<()>
    where
        P: wasmtime::component::ComponentNamedList + Lower,
    {
        let func: TypedFunc<P, (u32,)> = self.func(name)?;
        let time = median(calls, |calls| {
            func.call(&mut self.store, params(calls))?;
            Ok(())
        })?;
        self.results.entry("composed").or_default().insert(case, time);
        Ok(())
    }
}

fn main() -> Result<()> {
    let file = std::env::args().nth(1).expect("usage: component-api calls.wat");
    let engine = Engine::new(&Config::new())?;
    let component = Component::from_file(&engine, file)?;
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &component)?;
    let mut bench = Bench { store, instance, results: BTreeMap::new() };

    let kib = vec![0u8; 1 << 10];
    let much = vec![0u8; 64 << 10];
    let text = "a".repeat(1 << 10);
    let records: Vec<Record> = (0..1000)
        .map(|i| Record { id: i, weight: i as f32, size: u64::from(i) << 20, place: -(i as i32) })
        .collect();
    bench.host("scalar", "add", 100_000, (1u32, 2u32))?;
    bench.host("bytes 1 KiB", "bytes", 20_000, (kib.as_slice(),))?;
    bench.host("bytes 64 KiB", "bytes", 2_000, (much.as_slice(),))?;
    bench.host("string 1 KiB", "text", 20_000, (text.as_str(),))?;
    bench.host("1000 records", "records", 1_000, (records.as_slice(),))?;

    bench.composed("plain", "run-plain", 3_000_000, |calls| (calls,))?;
    bench.composed("scalar", "run-add", 3_000_000, |calls| (calls,))?;
    bench.composed("bytes 1 KiB", "run-bytes", 100_000, |calls| (calls, 1u32 << 10))?;
    bench.composed("bytes 64 KiB", "run-bytes", 2_000, |calls| (calls, 64u32 << 10))?;
    bench.composed("string 1 KiB", "run-text", 100_000, |calls| (calls, 1u32 << 10))?;
    bench.composed("1000 records", "run-records", 2_000, |calls| (calls, 1000u32))?;
    bench.composed("method", "run-method", 1_000_000, |calls| (calls,))?;
    println!("{}", serde_json::to_string(&bench.results)?);
    Ok(())
}
