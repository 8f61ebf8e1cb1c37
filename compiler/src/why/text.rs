//! Answers for people.

use super::{Answer, Because, FieldAnswer, InstanceAnswer};
use crate::phrase;

/// An answer as lines.
pub fn lines(answer: &Answer) -> Vec<String> {
    match answer {
        Answer::Instance(answer) => instance(answer),
        Answer::Field(answer) | Answer::Ambient(answer) => field(answer),
    }
}

fn because(because: &Because) -> String {
    match &because.place {
        Some(place) => format!("{} ({place})", because.rule),
        None => because.rule.to_owned(),
    }
}

fn field(answer: &FieldAnswer) -> Vec<String> {
    let mut lines = vec![
        format!("{} {}", answer.name, answer.value),
        format!("  what       {}", answer.what),
        format!("  because    {}", because(&answer.because)),
    ];
    lines.extend(answer.otherwise.iter().map(|way| format!("  otherwise  {way}")));
    lines
}

fn instance(answer: &InstanceAnswer) -> Vec<String> {
    let mut lines = vec![
        format!("{}: an instance of {} ({})", answer.instance, answer.module, answer.source),
        format!("  because    {}", because(&answer.because)),
    ];
    if !answer.users.is_empty() {
        lines.push(format!("  used by    {}", answer.users.join(", ")));
    }
    if !answer.ambient.is_empty() {
        lines.push(format!("  ambient    {}", answer.ambient.join(", ")));
    }
    if !answer.claims.is_empty() {
        lines.push(format!("  claims     {}", answer.claims.join(", ")));
    }
    lines.push(format!("  starts     {} of {}", answer.start, answer.instances));
    lines.extend(answer.otherwise.iter().map(|way| format!("  otherwise  {way}")));
    if !answer.fields.is_empty() {
        lines.push("  fields".to_owned());
        let rows: Vec<Vec<String>> = answer
            .fields
            .iter()
            .map(|field| {
                let name = field.name.split_once('.').map_or(field.name.as_str(), |(_, name)| name);
                vec![format!("    {name}"), field.value.clone(), because(&field.because)]
            })
            .collect();
        lines.extend(phrase::table(&rows, &[]));
    }
    lines
}
