//! Questions about many ids at once: one statement for all of them, instead of one for each.

use std::collections::BTreeSet;

use kernel::Result;

use crate::{Row, ToValue, Tx, Value};

/// Ids in one statement at most, a power of two; more are asked for in turns. A day's bookings fit.
const IDS_MAX: usize = 512;
/// Stands for the ids in a statement.
const PLACE: &str = "{ids}";

impl Tx<'_> {
    /// All rows of an answer about `ids`. In `sql`, `IN ({ids})` stands where they are looked for; `params` are bound as
    /// `?1` and on. Without ids nothing is asked.
    ///
    /// Rows of one id stand in the order of `sql`; ids follow one another in no particular order.
    ///
    /// # Errors
    /// As [`Tx::rows`].
    pub fn rows_among<T: ToValue + Ord>(
        &mut self,
        sql: &str,
        params: &[Value],
        ids: impl IntoIterator<Item = T>,
    ) -> Result<Vec<Row>> {
        let ids: BTreeSet<T> = ids.into_iter().collect();
        let ids: Vec<Value> = ids.iter().map(ToValue::to_value).collect();
        let mut rows = Vec::new();
        for some in ids.chunks(IDS_MAX) {
            // The last id fills up to a power of two, so that a statement is prepared for ten lengths and not for each.
            let count = some.len().next_power_of_two();
            let filled = some.iter().chain(std::iter::repeat_n(&some[some.len() - 1], count - some.len()));
            let values: Vec<Value> = params.iter().chain(filled).cloned().collect();
            rows.extend(self.rows(&sql.replace(PLACE, &places(params.len(), count)), &values)?);
        }
        Ok(rows)
    }
}

/// `?3, ?4, ?5, ?6` for four ids behind two parameters.
fn places(before: usize, count: usize) -> String {
    let all: Vec<String> = (1..=count).map(|it| format!("?{}", before + it)).collect();
    all.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_stand_behind_the_parameters() {
        assert_eq!(places(2, 4), "?3, ?4, ?5, ?6");
        assert_eq!(places(0, 1), "?1");
    }
}
