//! `oscomp explain`: what a code means.

use super::Global;
use crate::complete;
use crate::failure::{Exit, Failure};
use crate::output::{Format, Output};
use crate::phrase;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use oscomp_lang::explain::{ALL, Explanation, explain};
use oscomp_lang::suggest::nearest;
use serde_json::{Value, json};

/// Arguments of `oscomp explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// The code of an error or a warning, such as E0203; all of them when left out
    #[arg(value_name = "CODE", add = ArgValueCompleter::new(complete::codes))]
    code: Option<String>,
}

impl Explain {
    /// Prints the text of one code, or the titles of all.
    pub fn run(&self, _: &Global, output: &Output) -> Result<Exit, Failure> {
        let Some(code) = &self.code else {
            match output.format {
                Format::Json => output.json(&ALL.iter().map(entry).collect::<Vec<_>>()),
                _ => {
                    let rows: Vec<_> =
                        ALL.iter().map(|one| vec![one.code.to_owned(), one.title.to_owned()]).collect();
                    phrase::table(&rows, &[]).iter().for_each(|line| output.line(line));
                }
            }
            return Ok(Exit::Sound);
        };
        let Some(explanation) = explain(code) else {
            let meant = nearest(code, ALL.iter().map(|one| one.code));
            let help = meant.map_or_else(
                || "`oscomp explain` without a code lists them all".to_owned(),
                |code| format!("did you mean {code}? `oscomp explain` without a code lists them all"),
            );
            return Err(Failure::environment(format!("there is no code {code}"), help));
        };
        match output.format {
            Format::Json => output.json(&entry(explanation)),
            _ => output.line(explanation.to_string().trim_end()),
        }
        Ok(Exit::Sound)
    }
}

fn entry(explanation: &Explanation) -> Value {
    let Explanation { code, title, text, wrong, right } = explanation;
    json!({ "code": code, "title": title, "text": text, "wrong": wrong, "right": right })
}
