//! Counting images where they lie on this machine.

use super::{Sizes, count};
use crate::build::{self, Profile};
use crate::failure::Failure;
use crate::session::Session;
use oscomp_lang::plan::Plan;
use std::fs;
use std::path::Path;

/// The sizes of the image that was built last.
#[derive(Clone, Debug)]
pub struct Last {
    /// Where its bytes come from.
    pub sizes: Sizes,
    /// Whether it was built of the same plan; the sources of its modules may have changed all the same.
    pub same_plan: bool,
}

/// Counts an image; `linked` is the file with symbols.
pub fn of_files(plan: &Plan, linked: &Path, image: &Path) -> Result<Sizes, Failure> {
    let read = |path: &Path| {
        fs::read(path).map_err(|error| {
            Failure::environment(
                format!("{} cannot be read: {error}", path.display()),
                "check its permissions; `oscomp build` makes it again",
            )
        })
    };
    count(plan, &read(linked)?, &read(image)?).map_err(|error| {
        Failure::environment(
            format!("{} is not what the linker wrote: {error}", linked.display()),
            "remove it; `oscomp build` makes it again",
        )
    })
}

/// Counts the image of a plan if there is one; builds nothing.
pub fn of_last_build(session: &Session, plan: &Plan) -> Result<Option<Last>, Failure> {
    let place = build::Place::of(session, plan, Profile::Release)?;
    let (linked, image) = (place.debug_image(), place.image());
    if !(linked.is_file() && image.is_file()) {
        return Ok(None);
    }
    let sizes = of_files(plan, &linked, &image)?;
    Ok(Some(Last { sizes, same_plan: build::is_of(&place, plan) }))
}
