//! Serves the gallery of parts alone: `cargo run -p web --example gallery -- 127.0.0.1:8123 [islands/dist/page.js]`.
//!
//! For whoever changes the look: no database of anybody, gone when it stops.

use std::net::SocketAddr;
use std::sync::Arc;

use kernel::{Chance, Clock, Error, Result, Timestamp, Words};
use web::{Asset, NavItem, Settings, Site};

struct Wall;

impl Clock for Wall {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let address: SocketAddr =
        arguments.next().unwrap_or_else(|| "127.0.0.1:8123".to_owned()).parse().map_err(Error::internal)?;
    let assets: &'static [Asset] = match arguments.next() {
        Some(path) => {
            let bytes = std::fs::read(path).map_err(Error::internal)?;
            Vec::leak(vec![Asset { name: "page.js", kind: "text/javascript", bytes: bytes.leak(), packed: None }])
        }
        None => &[],
    };
    let folder = std::env::temp_dir().join(format!("haruka-gallery-{}", std::process::id()));
    let site = open(&folder, address, assets)?;
    let app = web::look::gallery::routes().and(web::shell::routes()).serve(site);
    let listener = tokio::net::TcpListener::bind(address).await.map_err(Error::unavailable)?;
    println!("http://{address}/demo/parts");
    let served = axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(async { drop(tokio::signal::ctrl_c().await) })
        .await;
    std::fs::remove_dir_all(&folder).map_err(Error::internal)?;
    served.map_err(Error::unavailable)
}

fn open(folder: &std::path::Path, address: SocketAddr, assets: &'static [Asset]) -> Result<Site> {
    std::fs::create_dir_all(folder).map_err(Error::unavailable)?;
    let chance = Chance::system();
    let master = crypto::MasterKey::load_or_create(&folder.join("key"), &chance)?;
    let key = master.derive("site");
    let database = db::DbSettings { postgres_url: None, folder: folder.to_owned(), connections: 2 };
    let nav = |ja, en, href| NavItem { words: Words::new(ja, en), href, opens: |_| true };
    let settings = Settings {
        base_url: format!("http://{address}"),
        demo: true,
        staff_nav: vec![nav("今日", "Today", "/day"), nav("患者", "Patients", "/patients")],
        ..Settings::default()
    };
    Ok(Site::new(web::site::Inner {
        db: db::Db::open(&database, master, chance.clone())?,
        blobs: blobs::Blobs::open(folder.join("blobs"))?,
        clock: Box::new(Wall),
        chance,
        key,
        settings,
        press: Arc::new(papers::PlainPress),
        live: Arc::new(web::live::Nobody),
        assets,
    }))
}
