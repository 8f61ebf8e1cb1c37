//! The least value for which something works.

/// The least multiple of `step` in `low..=high` for which `works` holds, given that it holds from some value
/// on; none if it does not hold for `high`. Asks about `high` first and never about anything below `low`.
///
/// # Errors
/// The first error of `works`.
pub fn least<E>(
    low: u64,
    high: u64,
    step: u64,
    mut works: impl FnMut(u64) -> Result<bool, E>,
) -> Result<Option<u64>, E> {
    let (mut fails, mut holds) = (low.div_ceil(step), high / step);
    if holds < fails || !works(holds * step)? {
        return Ok(None);
    }
    while fails < holds {
        let middle = u64::midpoint(fails, holds);
        if works(middle * step)? {
            holds = middle;
        } else {
            fails = middle + 1;
        }
    }
    Ok(Some(holds * step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_is_found() {
        for threshold in [4, 8, 1152, 1156, 65536] {
            let mut asked = Vec::new();
            let found = least::<()>(4, 65536, 4, |value| {
                asked.push(value);
                Ok(value >= threshold)
            });
            assert_eq!(found, Ok(Some(threshold)));
            assert!(asked.len() <= 16, "{asked:?}");
            assert!(asked.iter().all(|value| value % 4 == 0 && (4..=65536).contains(value)));
        }
    }

    #[test]
    fn nothing_works() {
        assert_eq!(least::<()>(4, 64, 4, |_| Ok(false)), Ok(None));
        assert_eq!(least::<()>(64, 4, 4, |_| Ok(true)), Ok(None));
    }
}
