//! The user's cache: what can be made again.

use crate::failure::Failure;
use std::path::PathBuf;
use std::{env, fs};

/// `$XDG_CACHE_HOME/oscomp`, else `~/.cache/oscomp`; made if it is not there.
pub fn folder() -> Result<PathBuf, Failure> {
    let absolute = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = absolute("XDG_CACHE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".cache")))
        .ok_or_else(|| {
            Failure::environment(
                "there is no cache folder: neither XDG_CACHE_HOME nor HOME is set",
                "set XDG_CACHE_HOME to a writable folder",
            )
        })?
        .join("oscomp");
    fs::create_dir_all(&cache).map_err(|error| {
        Failure::environment(
            format!("the cache folder {} cannot be made: {error}", cache.display()),
            "set XDG_CACHE_HOME to a writable folder",
        )
    })?;
    Ok(cache)
}
