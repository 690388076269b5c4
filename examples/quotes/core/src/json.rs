//! JSON, as far as this application writes it.

pub fn text(value: &str) -> String {
    let mut quoted = String::from("\"");
    for character in value.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            ' '.. => quoted.push(character),
            control => quoted += &format!("\\u{:04x}", control as u32),
        }
    }
    quoted + "\""
}

pub fn number(value: f64) -> String {
    if value.is_finite() { value.to_string() } else { "null".into() }
}

pub fn list(items: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", items.into_iter().collect::<Vec<_>>().join(","))
}

/// The values are JSON already.
pub fn object(fields: &[(&str, String)]) -> String {
    let fields = fields.iter().map(|(name, value)| format!("{}:{value}", text(name)));
    format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
}
