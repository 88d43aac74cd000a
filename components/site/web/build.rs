//! Writes `ASSETS`, the table of the files that this component serves: those of `web/dist` or, if it was not built,
//! those of `unbuilt`, so that the API builds without Node.

use std::hash::{DefaultHasher, Hasher};
use std::io::{Error, Result};
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<()> {
    let variable = |name| env::var(name).map_err(Error::other);
    let folder = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let dist = folder.join("../../../web/dist");
    println!("cargo:rerun-if-changed={}", dist.display());
    println!("cargo:rerun-if-changed=unbuilt");
    println!("cargo:rerun-if-changed=build.rs");

    let root = if dist.join("index.html").exists() { dist } else { folder.join("unbuilt") };
    let mut table = asset(&root.join("index.html"), "/")?;
    if root.join("assets").exists() {
        let mut files = fs::read_dir(root.join("assets"))?
            .map(|file| file.map(|file| file.path()))
            .collect::<Result<Vec<_>>>()?;
        files.sort();
        // Compressed files belong to the entry of the original.
        files.retain(|file| file.extension().is_none_or(|end| end != "gz" && end != "br"));
        for file in files {
            let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            table += &asset(&file, &format!("/assets/{name}"))?;
        }
    }
    let table = format!("static ASSETS: &[Asset] = &[\n{table}];\n");
    fs::write(Path::new(&variable("OUT_DIR")?).join("assets.rs"), table)
}

/// The entry of a file, with those of its compressed forms that are smaller.
fn asset(file: &Path, path: &str) -> Result<String> {
    let content_type = match file.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => {
            let message = format!("{}: unknown type; add it to build.rs", file.display());
            return Err(Error::other(message));
        }
    };
    let plain = fs::read(file)?;
    let mut hasher = DefaultHasher::new();
    hasher.write(&plain);
    let form = |end: &str| {
        let compressed = format!("{}{end}", file.display());
        match fs::metadata(&compressed) {
            Ok(found) if found.len() < plain.len() as u64 => {
                format!("Some(include_bytes!({compressed:?}))")
            }
            _ => "None".to_owned(),
        }
    };
    let (name, tag) = (file.display().to_string(), hasher.finish());
    // The bundler puts a hash of the content into the name of every file except the page.
    let is_immutable = path != "/";
    Ok(format!(
        "Asset {{ path: {path:?}, content_type: {content_type:?}, tag: \"{tag:016x}\", \
         is_immutable: {is_immutable}, plain: include_bytes!({name:?}), gzip: {}, brotli: {} }},\n",
        form(".gz"),
        form(".br"),
    ))
}
