//! A search as a statement of both databases: conditions that rows can answer without being opened.

use db::{Row, ToValue, Tx, Value};
use kernel::{Error, Result};

use super::filter::{Filter, Span};

/// A statement that grows by conditions.
#[derive(Clone)]
pub(super) struct Sql {
    pub(super) text: String,
    values: Vec<Value>,
}

impl Sql {
    pub(super) fn new(tx: &Tx<'_>, text: &str) -> Result<Self> {
        Ok(Self { text: text.to_owned(), values: vec![tx.facility()?.to_value()] })
    }

    /// Binds a value; its placeholder.
    fn bind(&mut self, value: impl ToValue) -> String {
        self.values.push(value.to_value());
        format!("?{}", self.values.len())
    }

    fn and(&mut self, condition: &str) {
        self.text.push_str(" AND ");
        self.text.push_str(condition);
    }

    fn one_of(&mut self, column: &str, all: &[impl AsRef<str>]) {
        if all.is_empty() {
            return;
        }
        let places: Vec<String> = all.iter().map(|it| self.bind(it.as_ref())).collect();
        match places.as_slice() {
            [one] => self.and(&format!("{column} = {one}")),
            many => self.and(&format!("{column} IN ({})", many.join(", "))),
        }
    }

    fn span(&mut self, column: &str, span: Option<&Span>) {
        let Some(span) = span else { return };
        self.and(&format!("{column} <> ''"));
        if let Some(from) = &span.from {
            let place = self.bind(from);
            self.and(&format!("{column} >= {place}"));
        }
        if let Some(to) = &span.to {
            let place = self.bind(to);
            self.and(&format!("{column} <= {place}"));
        }
    }

    pub(super) fn study_conditions(&mut self, tx: &mut Tx<'_>, filter: &Filter) -> Result<()> {
        self.one_of("s.uid", &uids(&filter.studies));
        self.span("s.study_date", filter.study_date.as_ref());
        self.span("s.study_time", filter.study_time.as_ref());
        for text in filter.marks() {
            let mark = tx.mark("study", &text)?;
            let place = self.bind(mark);
            self.and(&format!("s.id IN (SELECT study_id FROM study_mark WHERE facility_id = ?1 AND mark = {place})"));
        }
        Ok(())
    }

    pub(super) fn series_conditions(&mut self, filter: &Filter) {
        self.one_of("r.uid", &uids(&filter.series));
        self.one_of("r.modality", &filter.modalities);
        if let Some(number) = filter.series_number {
            let place = self.bind(number);
            self.and(&format!("r.number = {place}"));
        }
        if let Some(part) = &filter.body_part {
            let place = self.bind(part.sql_like());
            self.and(&format!("r.body_part LIKE {place} ESCAPE '!'"));
        }
    }

    pub(super) fn instance_conditions(&mut self, filter: &Filter) {
        self.one_of("i.uid", &uids(&filter.instances));
        self.one_of("i.class_uid", &uids(&filter.classes));
        if let Some(number) = filter.instance_number {
            let place = self.bind(number);
            self.and(&format!("i.number = {place}"));
        }
    }

    /// Studies in which some series fits.
    pub(super) fn within_study(&mut self, filter: &Filter) {
        let of_series = !filter.series.is_empty()
            || !filter.modalities.is_empty()
            || filter.series_number.is_some()
            || filter.body_part.is_some();
        if of_series || of_instance(filter) {
            self.and("EXISTS (SELECT 1 FROM series r WHERE r.facility_id = ?1 AND r.study_id = s.id");
            self.series_conditions(filter);
            self.within_series(filter);
            self.text.push(')');
        }
    }

    /// Series in which some instance fits.
    pub(super) fn within_series(&mut self, filter: &Filter) {
        if of_instance(filter) {
            self.and("EXISTS (SELECT 1 FROM instance i WHERE i.facility_id = ?1 AND i.series_id = r.id");
            self.instance_conditions(filter);
            self.text.push(')');
        }
    }

    /// Only what comes behind `place`.
    pub(super) fn after(&mut self, keys: &[&str], place: &str, newest_first: bool, grouped: bool) -> Result<()> {
        let parts: Vec<&str> = place.split('~').collect();
        if parts.len() != keys.len() {
            return Err(Error::not_found("a place that no page gave"));
        }
        let mut bound = Vec::new();
        for (key, part) in keys.iter().zip(parts) {
            bound.push(if key.ends_with(".place") {
                let number: i64 = part.parse().map_err(|_| Error::not_found("a place that no page gave"))?;
                self.bind(number)
            } else {
                self.bind(part)
            });
        }
        let sign = if newest_first { "<" } else { ">" };
        if grouped {
            self.text.push_str(&format!(" HAVING max(s.id) > {}", bound.join("")));
        } else {
            self.and(&format!("({}) {sign} ({})", keys.join(", "), bound.join(", ")));
        }
        Ok(())
    }

    /// How many rows there are; nothing above `most`.
    pub(super) fn count(&self, tx: &mut Tx<'_>, most: usize) -> Result<Option<usize>> {
        // The columns are left out: some are large, and none is needed.
        let from = self.text.find("FROM ").unwrap_or_default();
        let text = format!("SELECT count(*) FROM (SELECT 1 {} LIMIT {}) counted", &self.text[from..], most + 1);
        let count: Option<i64> = tx.value(&text, &self.values)?;
        Ok(count.and_then(|it| usize::try_from(it).ok()).filter(|it| *it <= most))
    }

    pub(super) fn limited(&self, tx: &mut Tx<'_>, limit: usize, offset: usize) -> Result<Vec<Row>> {
        tx.rows(&format!("{} LIMIT {limit} OFFSET {offset}", self.text), &self.values)
    }
}

fn of_instance(filter: &Filter) -> bool {
    !filter.instances.is_empty() || !filter.classes.is_empty() || filter.instance_number.is_some()
}

fn uids(all: &[crate::instance::Uid]) -> Vec<&str> {
    all.iter().map(crate::instance::Uid::as_str).collect()
}
