//! Whether a machine has room for an image, which nobody knows before it is linked.

use crate::failure::Failure;
use crate::image::Image;
use oscomp_lang::plan::Plan;
use oscomp_lang::signature::Environment;

/// Bytes in a page, the least that a machine gives.
const PAGE: u64 = 4096;

/// Why the image cannot run in the memory that the plan gives its machine; none if it can.
///
/// What `check` counts is what modules and platforms declare; this is what the linker made of them. A
/// process of a host has what the host gives it.
pub fn refusal(plan: &Plan, image: &Image) -> Option<Failure> {
    let end = (image.start + image.memory).next_multiple_of(PAGE);
    let needed = end.saturating_sub(plan.platform.memory_base);
    if plan.platform.environment == Environment::Hosted || needed <= plan.memory {
        return None;
    }
    let (needed, given) = (needed / 1024, plan.memory / 1024);
    Some(Failure::refused(
        format!(
            "the image of {} ends at {needed} KiB, but its machine, {}, has {given} KiB of memory",
            plan.system, plan.platform.name
        ),
        format!(
            "write `memory \"{needed}KiB\"` or more into `platform \"{}\"`, or `build {{ optimize \"size\" }}`",
            plan.platform.name
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(memory: u64) -> Image {
        Image {
            bytes: Vec::new(),
            loaded: 0,
            initialised: 0,
            start: 1 << 20,
            memory,
            names: 0,
            red_zone: Vec::new(),
        }
    }

    #[test]
    fn an_image_has_to_end_within_the_machine() {
        let mut plan = crate::sample::hello();
        plan.platform.environment = Environment::BareMetal;
        plan.memory = 1152 << 10;
        assert_eq!(refusal(&plan, &image(128 << 10)), None);
        let refused = format!("{:?}", refusal(&plan, &image((128 << 10) + 1)));
        assert!(refused.contains("ends at 1156 KiB") && refused.contains("has 1152 KiB"), "{refused}");
        plan.platform.environment = Environment::Hosted;
        assert_eq!(refusal(&plan, &image(1 << 30)), None);
    }
}
