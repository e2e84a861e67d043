//! Both engines have the same schema after all migrations: what holds on one, holds on the other.

use db::schema::{self, Table};

use crate::ledger::look;
use crate::server::{Place, Server};

fn tables(place: &Place) -> std::collections::BTreeMap<String, Table> {
    Server::start(place).stop();
    look(place, schema::tables)
}

#[test]
fn sqlite_and_postgres_have_the_same_schema() {
    let (small, large) = (tables(&Place::with_people("schema")), tables(&Place::on_postgres("schema")));
    assert!(small.len() > 40, "{} tables", small.len());
    let names = |it: &std::collections::BTreeMap<String, Table>| it.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&small), names(&large));
    for (name, table) in &small {
        assert_eq!(*table, large[name], "{name}: SQLite on the left, PostgreSQL on the right");
    }
}
