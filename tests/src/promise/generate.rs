//! Random compositions.

use oscomp_lang::catalog::{Listing, ModuleEntry, OptionEntry, PlatformEntry, RequirementEntry};
use std::fmt::Write as _;
use std::slice;

/// A source of pseudo-random numbers: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The sequence that belongs to a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is at least 1.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).unwrap_or_default()
    }

    /// True in `percent` of all cases.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        if items.is_empty() { None } else { items.get(self.below(items.len())) }
    }
}

/// An application of the promise: a crate in `tests/promise`.
struct App {
    folder: &'static str,
    requirements: &'static [(&'static str, &'static str)],
}

const APPS: [App; 4] = [
    App { folder: "nothing", requirements: &[] },
    App { folder: "console", requirements: &[("output", "Console")] },
    App { folder: "heap", requirements: &[("left", "Console"), ("right", "Console")] },
    App {
        folder: "services",
        requirements: &[("time", "Clock"), ("first", "Entropy"), ("second", "Entropy")],
    },
];

/// A module that the system has an instance of.
struct Chosen<'a> {
    name: String,
    module: &'a ModuleEntry,
}

/// The text of a random `system.kdl`.
///
/// The folder that it is for lies four levels below the repository.
#[must_use]
pub fn system(listing: &Listing, dice: &mut Dice) -> String {
    let platforms = platforms(listing, dice);
    let Some(&platform) = platforms.first() else { return String::new() };
    let chosen = instances(listing, platform, dice);
    let app = &APPS[dice.below(APPS.len())];

    let mut text = String::from("system \"promise\" {\n");
    for platform in &platforms {
        let _ = writeln!(text, "    platform \"{}\"{}", platform.name, memory(dice));
    }
    let _ = write!(text, "    app \"promise-{0}\" path=\"../../../../tests/promise/{0}\" {{", app.folder);
    for (name, interface) in app.requirements {
        text += &binding(name, &[(*interface).to_owned()], &candidates(&chosen, None, platform), 60, dice);
    }
    text += " }\n";
    for instance in &chosen {
        text += &module(instance, &chosen, platform, dice);
    }
    if dice.chance(50) {
        let optimize = if dice.chance(98) { ["size", "speed"][dice.below(2)] } else { "best" };
        let _ = writeln!(text, "    build {{ optimize \"{optimize}\" }}");
    }
    text + "}\n"
}

fn platforms<'a>(listing: &'a Listing, dice: &mut Dice) -> Vec<&'a PlatformEntry> {
    let mut platforms: Vec<&PlatformEntry> = dice.pick(&listing.platforms).into_iter().collect();
    if dice.chance(10)
        && let Some(second) = dice.pick(&listing.platforms)
    {
        platforms.push(second);
    }
    platforms
}

fn memory(dice: &mut Dice) -> String {
    let size = match dice.below(40) {
        0 => "1152KiB",
        1 => "2MiB",
        2 => "3MiB",
        3 => "8MiB",
        4 => "16MiB",
        5 => "128MiB",
        6 => "1GiB",
        7 => "512KiB",
        8 => "16MB",
        9 => "64GiB",
        _ => return String::new(),
    };
    format!(" {{ memory \"{size}\" }}")
}

fn instances<'a>(listing: &'a Listing, platform: &PlatformEntry, dice: &mut Dice) -> Vec<Chosen<'a>> {
    let fits = |module: &&ModuleEntry| {
        module.environment.is_none_or(|environment| environment == platform.environment)
            && (module.arch.is_empty() || module.arch.contains(&platform.arch))
    };
    let fitting: Vec<&ModuleEntry> = listing.modules.iter().filter(fits).collect();
    let all: Vec<&ModuleEntry> = listing.modules.iter().collect();
    let mut chosen: Vec<Chosen<'a>> = Vec::new();
    for index in 0..dice.below(5) {
        let pool = if dice.chance(97) { &fitting } else { &all };
        let Some(&module) = dice.pick(pool) else { continue };
        // A second provider of an ambient interface is refused: often enough, but not always.
        let ambient = |module: &ModuleEntry| {
            listing.interfaces.iter().any(|known| known.ambient && module.provides.contains(&known.name))
        };
        if ambient(module) && chosen.iter().any(|other| ambient(other.module)) && dice.chance(95) {
            continue;
        }
        let default = platform.defaults.iter().find(|default| module.provides.contains(&default.interface));
        let name = match (dice.below(20), default) {
            (0..7, Some(default)) => default.name.clone(),
            (7..10, _) => module.name.clone(),
            (10, _) => dice.pick(&chosen).map_or_else(|| "platform".to_owned(), |other| other.name.clone()),
            (11, _) => ["type", "self", "loop", "Upper", "a--b", "static", "app", "run", "instances"]
                [dice.below(9)]
            .to_owned(),
            _ => format!("part-{index}"),
        };
        chosen.push(Chosen { name, module });
    }
    chosen
}

/// An instance that a requirement can name, and the interfaces that it is known to provide.
type Candidate<'a> = (&'a str, &'a [String]);

/// What the requirements of an instance can name: the other instances, and what the platform has by default.
fn candidates<'a>(
    chosen: &'a [Chosen<'_>],
    own: Option<&str>,
    platform: &'a PlatformEntry,
) -> Vec<Candidate<'a>> {
    let others = chosen.iter().filter(|instance| own != Some(&instance.name));
    let others = others.map(|instance| (instance.name.as_str(), instance.module.provides.as_slice()));
    let defaults = platform.defaults.iter();
    let defaults = defaults.map(|default| (default.name.as_str(), slice::from_ref(&default.interface)));
    others.chain(defaults).collect()
}

/// A line that binds a requirement, or none.
fn binding(
    name: &str,
    interfaces: &[String],
    candidates: &[Candidate<'_>],
    percent: usize,
    dice: &mut Dice,
) -> String {
    if !dice.chance(percent) {
        return String::new();
    }
    let provides = |(_, provided): &&Candidate<'_>| interfaces.iter().all(|it| provided.contains(it));
    let right: Vec<&Candidate<'_>> = candidates.iter().filter(provides).collect();
    let instance = match dice.below(40) {
        0 => "nobody",
        1 => dice.pick(candidates).map_or("console", |(name, _)| *name),
        _ => match dice.pick(&right) {
            Some((name, _)) => name,
            None => return String::new(),
        },
    };
    format!(" {name} \"{instance}\";")
}

fn module(instance: &Chosen<'_>, chosen: &[Chosen<'_>], platform: &PlatformEntry, dice: &mut Dice) -> String {
    let mut text = format!("    module \"{}\" as=\"{}\" {{", instance.module.name, instance.name);
    // Once in a while itself.
    let own = Some(instance.name.as_str()).filter(|_| dice.chance(95));
    let candidates = candidates(chosen, own, platform);
    for RequirementEntry { name, interfaces, .. } in &instance.module.requirements {
        text += &binding(name, interfaces, &candidates, 75, dice);
    }
    for option in &instance.module.options {
        let set = if option.required && option.device.is_none() { 98 } else { 30 };
        if dice.chance(set) {
            let value = if dice.chance(97) { right(option, platform, dice) } else { wrong(dice) };
            let _ = write!(text, " {} {value};", option.name);
        }
    }
    text + " }\n"
}

/// A value that the option may well take.
fn right(option: &OptionEntry, platform: &PlatformEntry, dice: &mut Dice) -> String {
    if let Some(kind) = &option.device {
        let devices: Vec<_> = platform.devices.iter().filter(|device| device.kind == *kind).collect();
        return dice
            .pick(&devices)
            .map_or_else(|| "\"none\"".to_owned(), |device| format!("\"{}\"", device.name));
    }
    if let Some(choice) = dice.pick(&option.choices) {
        return format!("\"{}\"", choice.name);
    }
    let numbers = option.range.as_deref().and_then(|range| {
        let (least, greatest) = range.split_once("..=")?;
        Some((least.trim().parse::<u64>().ok()?, greatest.trim().parse::<u64>().ok()?))
    });
    let takes = option.takes.as_str();
    match numbers {
        Some((least, greatest)) => match dice.below(4) {
            0 => least.to_string(),
            1 => greatest.to_string(),
            2 => option.default.clone().unwrap_or_else(|| least.to_string()),
            _ => (least + dice.next() % (greatest - least + 1)).to_string(),
        },
        None if takes.contains("#true") => ["#true", "#false"][dice.below(2)].to_owned(),
        None if takes.contains("a size") => {
            ["\"4KiB\"", "\"64KiB\"", "\"1MiB\"", "\"3MiB\"", "\"40MiB\""][dice.below(5)].to_owned()
        }
        None if takes.contains("a duration") => ["\"1ms\"", "\"2s\""][dice.below(2)].to_owned(),
        None if takes.contains("whole number") => (dice.next() % 100).to_string(),
        None if takes.contains("a string") => "\"some \\\"text\\\" \\\\ with é\"".to_owned(),
        None => "\"10.0.2.15\"".to_owned(),
    }
}

fn wrong(dice: &mut Dice) -> String {
    ["-1", "99999999999999999999", "\"\"", "#null", "0.5", "\"8MB\"", "1 2", "\"\\u{0}\""][dice.below(8)]
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::promise::verdict::Checker;

    #[test]
    fn one_seed_gives_one_sequence_and_about_half_is_sound() {
        let checker = Checker::new();
        let listing = checker.listing();
        let systems = |seed| {
            let mut dice = Dice::new(seed);
            (0..200).map(|_| system(&listing, &mut dice)).collect::<Vec<_>>()
        };
        assert_eq!(systems(1), systems(1));
        assert_ne!(systems(1), systems(2));
        let sound = systems(1).iter().filter(|text| checker.check(text).is_sound()).count();
        assert!((60..=140).contains(&sound), "{sound} of 200 are sound");
    }
}
