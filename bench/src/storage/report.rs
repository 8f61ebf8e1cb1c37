//! Everything that was measured of SQLite and files, and on what.

use super::table;
use crate::plot;
use crate::problem::Problem;
use crate::report::{CostRow, Machine};
use crate::statistics::Figures;
use crate::tools;
use serde::Serialize;
use std::path::Path;

/// A whole run.
#[derive(Debug, Serialize)]
pub struct Report {
    /// On what.
    pub machine: Machine,
    /// Of each program.
    pub rounds: u32,
    /// What is done in a second.
    pub rows: Vec<Row>,
    /// Bytes, memory.
    pub costs: Vec<CostRow>,
    /// Inserts with each allocator.
    pub allocators: Vec<AllocatorRow>,
}

/// One thing that both do.
#[derive(Debug, Serialize)]
pub struct Row {
    /// What.
    pub name: String,
    /// What its figures are in.
    pub unit: &'static str,
    /// Ours.
    pub ours: Figures,
    /// The Linux guest's.
    pub linux: Figures,
    /// How many times as much, of the medians.
    pub ratio: Option<f64>,
    /// What the ratio should be at the least.
    pub goal: Option<f64>,
    /// Instructions for doing it once: ours, the Linux guest's.
    pub instructions: [Option<f64>; 2],
    /// How many times as many the Linux guest should take at the least.
    pub instructions_goal: Option<f64>,
}

/// An allocator. None: the program did not come to its end.
#[derive(Debug, Serialize)]
pub struct AllocatorRow {
    /// Its module.
    pub name: String,
    /// Inserts per second.
    pub inserts: Option<Figures>,
    /// Instructions for each.
    pub instructions: Option<f64>,
    /// Bytes of the image that are loaded.
    pub loaded: u64,
}

impl Report {
    /// Of nothing yet.
    pub fn new(machine: Machine, rounds: u32) -> Self {
        Self { machine, rounds, rows: Vec::new(), costs: Vec::new(), allocators: Vec::new() }
    }

    /// Writes the figures, the table and the plots.
    pub fn write(&self, folder: &Path) -> Result<(), Problem> {
        let json = serde_json::to_string_pretty(self).map_err(|error| Problem(error.to_string()))?;
        tools::write(&folder.join("storage.json"), json + "\n")?;
        tools::write(&folder.join("storage.md"), table::markdown(self))?;
        let plots = [("storage.svg", plot::storage(self)), ("storage-allocators.svg", plot::inserts(self))];
        for (file, plot) in plots {
            if let Some(plot) = plot {
                tools::write(&folder.join(file), plot)?;
            }
        }
        Ok(())
    }
}
