//! SQLite's STRICT dialect turned into PostgreSQL's. Small on purpose: what cannot be said in both is not said.

/// A statement for PostgreSQL: `?1` becomes `$1`; text in quotes stays.
#[must_use]
pub fn statement(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut quoted = false;
    let mut chars = sql.chars().peekable();
    while let Some(it) = chars.next() {
        quoted ^= it == '\'';
        let placeholder = it == '?' && !quoted && chars.peek().is_some_and(char::is_ascii_digit);
        out.push(if placeholder { '$' } else { it });
    }
    out
}

/// A migration for PostgreSQL: `INTEGER` is 64 bits wide there too, `BLOB` is `BYTEA`, `STRICT` goes.
#[must_use]
pub fn schema(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut word = String::new();
    for it in sql.chars().chain(['\n']) {
        if it.is_ascii_alphanumeric() || it == '_' {
            word.push(it);
            continue;
        }
        out.push_str(match word.as_str() {
            "INTEGER" => "BIGINT",
            "REAL" => "DOUBLE PRECISION",
            "BLOB" => "BYTEA",
            "STRICT" => "",
            other => other,
        });
        word.clear();
        out.push(it);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_turn_and_quoted_marks_stay() {
        assert_eq!(statement("SELECT '?1' WHERE a = ?1 AND b = ?12"), "SELECT '?1' WHERE a = $1 AND b = $12");
    }

    #[test]
    fn types_turn_as_whole_words() {
        assert_eq!(
            schema("CREATE TABLE t (a INTEGER, b BLOB, c TEXT) STRICT;").trim_end(),
            "CREATE TABLE t (a BIGINT, b BYTEA, c TEXT) ;"
        );
        assert_eq!(schema("SMALL_INTEGER_X").trim_end(), "SMALL_INTEGER_X");
    }
}
