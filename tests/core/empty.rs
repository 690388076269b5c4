// Nothing is built: see Cargo.toml.
