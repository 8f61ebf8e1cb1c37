//! Medians and spreads: the machine is shared, and no single figure means much.

use serde::Serialize;

/// What several rounds measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// In the order in which they were measured.
    pub rounds: Vec<f64>,
    /// The one in the middle.
    pub median: f64,
    /// The least.
    pub least: f64,
    /// The most.
    pub most: f64,
}

impl Figures {
    /// Of these rounds; none of none.
    pub fn of(rounds: Vec<f64>) -> Option<Self> {
        let mut sorted = rounds.clone();
        sorted.sort_by(f64::total_cmp);
        let (least, most) = (*sorted.first()?, *sorted.last()?);
        let middle = sorted.len() / 2;
        let median = if sorted.len() % 2 == 1 {
            sorted[middle]
        } else {
            f64::midpoint(sorted[middle - 1], sorted[middle])
        };
        Some(Self { rounds, median, least, most })
    }
}

/// How many times as good ours is; `more` says that more is better.
pub fn ratio(ours: f64, theirs: f64, more: bool) -> Option<f64> {
    let (good, bad) = if more { (ours, theirs) } else { (theirs, ours) };
    (bad > 0.0 && good.is_finite()).then(|| good / bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_are_in_the_middle() {
        let figures = Figures::of(vec![3.0, 1.0, 2.0]).unwrap();
        assert_eq!((figures.median, figures.least, figures.most), (2.0, 1.0, 3.0));
        assert_eq!(figures.rounds, [3.0, 1.0, 2.0]);
        assert_eq!(Figures::of(vec![4.0, 1.0]).unwrap().median, 2.5);
        assert_eq!(Figures::of(vec![]), None);
    }

    #[test]
    fn ratios_say_how_many_times_as_good_ours_is() {
        assert_eq!(ratio(40.0, 10.0, true), Some(4.0));
        assert_eq!(ratio(40.0, 10.0, false), Some(0.25));
        assert_eq!(ratio(1.0, 0.0, true), None);
    }
}
