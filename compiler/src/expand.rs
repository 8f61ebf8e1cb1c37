//! The glue of a plan as text that people read.

use oscomp_lang::glue;
use oscomp_lang::plan::Plan;

/// Why the unsafe blocks of the glue are sound, by what follows `unsafe`. Comments do not survive in
/// tokens, so they are put back here; the same sentences are in the code that makes the glue.
const REASONS: [(&str, &str); 3] = [
    (".get_started() }.stop()", "every instance has started."),
    (".get_started()", "nothing receives this tag before `oscomp_run` has started the instance."),
    (".start(state)", "`oscomp_run` is entered once, and nothing else runs yet."),
];

/// The glue, formatted.
///
/// # Errors
/// The tokens are not Rust, which is a mistake in oscomp: what the parser says.
pub fn text(plan: &Plan) -> Result<String, String> {
    let file: syn::File = syn::parse2(glue::expand(plan)).map_err(|error| error.to_string())?;
    let mut starts = plan.instances.iter();
    let mut stops = plan.instances.iter().rev().filter(|instance| instance.stop);
    let mut text = format!(
        "//! The glue of the system `{}` on the platform `{}`, as `oscomp build` compiles it.\n\n",
        plan.system, plan.platform.name
    );
    let formatted = prettyplease::unparse(&file);
    let lines: Vec<&str> = formatted.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        let indent = &line[..line.len() - line.trim_start().len()];
        if line.trim_start().starts_with("match <")
            && let Some(instance) = starts.next()
        {
            text.push_str(&format!("{indent}// instance `{}` of {}\n", instance.name, instance.module));
        }
        if line.contains("unsafe {") {
            // A block that is broken over lines has what it does on the next one.
            let block = format!("{} {}", line.trim(), lines.get(index + 1).map_or("", |next| next.trim()));
            if block.contains(".stop()")
                && let Some(instance) = stops.next()
            {
                text.push_str(&format!("{indent}// instance `{}`\n", instance.name));
            }
            if let Some((_, reason)) = REASONS.iter().find(|(what, _)| block.contains(what)) {
                text.push_str(&format!("{indent}// SAFETY: {reason}\n"));
            }
        }
        match line.trim_start().strip_prefix("///") {
            Some(comment) if !comment.starts_with(' ') => text.push_str(&format!("{indent}/// {comment}")),
            _ => text.push_str(line),
        }
        text.push('\n');
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn every_unsafe_block_has_its_reason() {
        let mut plan = sample::large(3);
        plan.instances[1].stop = true;
        let text = text(&plan).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let mut blocks = 0;
        for (index, line) in lines.iter().enumerate() {
            if line.contains("unsafe {") {
                blocks += 1;
                assert!(lines[index - 1].contains("// SAFETY:"), "{line}");
            }
        }
        assert!(blocks > plan.instances.len(), "{text}");
        assert!(text.contains("every instance has started"), "{text}");
        syn::parse_file(&text).unwrap();
    }

    #[test]
    fn starts_are_marked_in_order() {
        let text = text(&sample::hello()).unwrap();
        let marks: Vec<&str> =
            text.lines().map(str::trim).filter(|line| line.starts_with("// instance")).collect();
        assert_eq!(
            marks,
            [
                "// instance `platform` of qemu-microvm",
                "// instance `console` of uart-16550",
                "// instance `panic` of panic-message",
                "// instance `hello` of hello",
            ]
        );
    }
}
