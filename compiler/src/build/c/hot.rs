//! Functions that are named as hot and are in no source: a name that is written wrong has no effect otherwise.

use super::Job;
use oscomp_lang::plan::Instance;
use oscomp_lang::value::Value;
use std::collections::BTreeSet;
use std::fs;

/// What to say of an instance whose sources were compiled, if something of its is named wrong.
pub fn misnamed(instance: &Instance, jobs: &[Job]) -> Option<String> {
    let mut named: BTreeSet<&str> = instance
        .c_values()
        .filter_map(|value| match value {
            Value::CHot(function) => Some(function.as_str()),
            _ => None,
        })
        .collect();
    for job in jobs.iter().filter(|job| job.instance == instance.name) {
        if !named.is_empty() {
            // It was compiled just now. Who writes C in another encoding writes its names in ASCII all the same.
            let source = fs::read(&job.source).ok()?;
            remove(&mut named, &String::from_utf8_lossy(&source));
        }
    }
    if named.is_empty() {
        return None;
    }
    let names: Vec<String> = named.iter().map(|name| format!("`{name}`")).collect();
    Some(format!("warning: no source of `{}` has what is named as hot: {}", instance.name, names.join(", ")))
}

/// Removes the names that a source has.
fn remove(names: &mut BTreeSet<&str>, source: &str) {
    for word in source.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_') {
        names.remove(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_whole_words() {
        let mut names = BTreeSet::from(["step", "main", "run_all", "exec"]);
        remove(&mut names, "int main(void)\n{\n\treturn sqlite3_step(run_all, 3)+ exec2;\n}\nu8 exec3;");
        assert_eq!(names, BTreeSet::from(["exec", "step"]));
        remove(&mut names, "é*exec(");
        assert_eq!(names, BTreeSet::from(["step"]));
    }
}
