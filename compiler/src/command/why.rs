//! `oscomp why`: which rule decided?

use super::{Global, SystemArgument};
use crate::complete;
use crate::failure::{Exit, Failure};
use crate::output::{Format, Output};
use crate::session::Session;
use crate::why::{self, Answer, Unknown};
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use oscomp_lang::suggest::nearest;
use serde::Serialize;

/// Arguments of `oscomp why`.
#[derive(Debug, Args)]
pub struct Why {
    /// An instance (`console`), a field of it (`console.baud`), or an ambient interface (`PanicHandler`)
    #[arg(value_name = "INSTANCE[.FIELD]", add = ArgValueCompleter::new(complete::subjects))]
    subject: String,
    #[command(flatten)]
    system: SystemArgument,
}

#[derive(Serialize)]
struct OnPlatform {
    platform: String,
    #[serde(flatten)]
    answer: Answer,
}

impl Why {
    /// Prints the answer for each platform; platforms with the same answer share it.
    pub fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let session = Session::open(global, &self.system)?;
        let plans = session.plans(output)?;
        let mut answers: Vec<OnPlatform> = Vec::new();
        let mut unknown = None;
        for plan in &plans {
            match why::why(plan, &self.subject) {
                Ok(answer) => answers.push(OnPlatform { platform: plan.platform.name.clone(), answer }),
                Err(nothing) => unknown = unknown.or(Some((nothing, plan.system.clone()))),
            }
        }
        if answers.is_empty()
            && let Some((nothing, system)) = unknown
        {
            return Err(absent(&nothing, &system));
        }
        match output.format {
            Format::Json => output.json(&answers),
            _ => print(&answers, plans.len(), output),
        }
        Ok(Exit::Sound)
    }
}

fn print(answers: &[OnPlatform], plans: usize, output: &Output) {
    let mut done = vec![false; answers.len()];
    for index in 0..answers.len() {
        if std::mem::replace(&mut done[index], true) {
            continue;
        }
        let lines = why::lines(&answers[index].answer);
        let mut platforms = vec![answers[index].platform.as_str()];
        for other in index + 1..answers.len() {
            if !done[other] && why::lines(&answers[other].answer) == lines {
                done[other] = true;
                platforms.push(&answers[other].platform);
            }
        }
        if index > 0 {
            output.line("");
        }
        if platforms.len() < plans {
            output.line(output.paint(&format!("on {}", platforms.join(", ")), "1"));
        }
        lines.iter().for_each(|line| output.line(line));
    }
}

fn absent(unknown: &Unknown, system: &str) -> Failure {
    let meant = nearest(&unknown.name, unknown.candidates.iter().map(String::as_str));
    let help = match meant {
        Some(name) => format!("did you mean `{name}`?"),
        None if unknown.candidates.is_empty() => "it has no fields".to_owned(),
        None => format!("there is: {}", unknown.candidates.join(", ")),
    };
    Failure::environment(format!("system `{system}` has no {}", unknown.what), help)
}
