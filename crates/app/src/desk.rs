//! The plugs: the sockets of `signal` answered by `visits`, those of conferences by `imaging`, the pages' questions answered by `signal`, papers by `pdf`.

use std::net::IpAddr;

use imaging::conference::desk as conference;
use kernel::{Error, Kind, Timestamp, Words};
use signal::{
    Act, Happening, IceServer, IceServers, Line, Plug, Refused, Report, Role, Rooms, Seat, Standing, Stored, Why,
};
use visits::call::desk as call;
use web::Site;
use web::live::{Live, Present};

/// Prints papers by the typesetter.
pub(crate) struct Typesetter;

impl papers::Press for Typesetter {
    fn print(&self, document: &papers::Document) -> kernel::Result<Vec<u8>> {
        pdf::render(document)
    }
}

/// The sockets as pages see them.
pub(crate) struct LiveRooms(pub(crate) Rooms);

impl Live for LiveRooms {
    fn present(&self, room: &str) -> Vec<Present> {
        let now = crate::house::WallClock;
        let now = kernel::Clock::now(&now);
        let quality = |report: &Report| match report.links.iter().map(|it| it.level).min() {
            None => 0,
            Some(signal::Level::Good) => 3,
            Some(signal::Level::Fair) => 2,
            Some(signal::Level::Bad) => 1,
        };
        self.0
            .state(room)
            .people
            .iter()
            .filter(|it| it.connected)
            .map(|it| Present {
                person: it.person.clone(),
                admitted: it.standing == Standing::Admitted,
                since_s: u64::try_from(now.as_second() - it.since.as_second()).unwrap_or(0),
                quality: it.last_report.as_ref().map_or(0, |(_, report)| quality(report)),
            })
            .collect()
    }
    fn ring(&self, room: &str) {
        self.0.ring(room);
    }
    fn admit(&self, room: &str, person: &str) {
        if let Err(refused) = self.0.admit(room, person) {
            tracing::info!(?refused, "nobody to admit");
        }
    }
    fn remove(&self, room: &str, person: &str, why: &str) {
        self.0.remove(room, person, why);
    }
    fn end(&self, room: &str, why: &str) {
        self.0.end(room, why);
    }
    fn changed(&self, room: &str, what: &str) {
        self.0.notify(room, what);
    }
}

/// Answers the sockets. Translates between the face's words and those of the visit or the conference; decides nothing.
pub(crate) struct Desk(call::Desk, conference::Desk);

impl Desk {
    pub(crate) fn new(site: Site) -> Self {
        Self(call::Desk::new(site.clone()), conference::Desk::new(site))
    }

    async fn admit_to_conference(&self, ticket: &str, address: Option<IpAddr>) -> Result<Seat, Refused> {
        let seat = self.1.admit(ticket, address).await.map_err(|fault| match fault {
            conference::NoSeat::Stranger => Refused::Stranger,
            conference::NoSeat::Expired => Refused::Expired,
            conference::NoSeat::Over => Refused::Over,
            conference::NoSeat::Unavailable => Refused::Unavailable,
        })?;
        let role = match seat.role {
            conference::Role::Doctor => Role::Doctor,
            conference::Role::Staff => Role::Staff,
        };
        let (room, person) = (seat.place.room, seat.place.person);
        Ok(Seat { room, person, role, name: seat.name, standing: Standing::Admitted })
    }
}

/// The place, when the seat is in a conference.
fn in_conference(seat: &Seat) -> Option<conference::Place> {
    let place = || conference::Place { room: seat.room.clone(), person: seat.person.clone() };
    conference::Desk::has(&seat.room).then(place)
}

fn place(seat: &Seat) -> call::Place {
    call::Place { room: seat.room.clone(), person: seat.person.clone() }
}

impl Plug for Desk {
    fn admit(&self, ticket: String, address: Option<IpAddr>) -> Act<'_, Result<Seat, Refused>> {
        Box::pin(async move {
            if self.1.made(&ticket) {
                return self.admit_to_conference(&ticket, address).await;
            }
            let seat = self.0.admit(&ticket, address).await.map_err(|fault| match fault {
                call::NoSeat::Stranger => Refused::Stranger,
                call::NoSeat::Expired => Refused::Expired,
                call::NoSeat::Over => Refused::Over,
                call::NoSeat::Unavailable => Refused::Unavailable,
            })?;
            let role = match seat.role {
                call::Role::Patient => Role::Patient,
                call::Role::Guardian => Role::Guardian,
                call::Role::Doctor => Role::Doctor,
                call::Role::Staff => Role::Staff,
                call::Role::Third => Role::Third,
            };
            let standing = if seat.admitted { Standing::Admitted } else { Standing::Waiting };
            Ok(Seat { room: seat.place.room, person: seat.place.person, role, name: seat.name, standing })
        })
    }

    fn joined(&self, seat: Seat, at: Timestamp) -> Act<'_, ()> {
        Box::pin(async move {
            match in_conference(&seat) {
                Some(place) => self.1.joined(&place, at).await,
                None => self.0.joined(&place(&seat), at).await,
            }
        })
    }

    fn left(&self, seat: Seat, why: Why, at: Timestamp) -> Act<'_, ()> {
        Box::pin(async move {
            match in_conference(&seat) {
                Some(place) => self.1.left(&place, &word(&why), at).await,
                None => self.0.left(&place(&seat), &word(&why), at).await,
            }
        })
    }

    fn report(&self, seat: Seat, report: Report, at: Timestamp) -> Act<'_, ()> {
        let links = report
            .links
            .iter()
            .map(|it| call::Received {
                from: it.peer.clone(),
                picture_ms: it.picture_ms,
                sound_ms: it.sound_ms,
                both_ms: it.both_ms,
                frames: it.frames,
                rtt_ms: it.rtt_ms,
                loss: it.loss,
                relay: word(&it.relay),
                level: word(&it.level),
            })
            .collect();
        Box::pin(async move {
            // Whether a visit was held is decided by what was measured; nothing is by what flowed between colleagues.
            if in_conference(&seat).is_none() {
                self.0.report(&place(&seat), links, at).await;
            }
        })
    }

    fn happened(&self, seat: Seat, what: Happening, at: Timestamp) -> Act<'_, ()> {
        Box::pin(async move {
            match in_conference(&seat) {
                Some(place) if what == Happening::Mismatch => self.1.mismatched(&place, at).await,
                Some(_) => {}
                None => self.0.happened(&place(&seat), &word(&what), at).await,
            }
        })
    }

    fn chat(&self, seat: Seat, key: String, text: String) -> Act<'_, kernel::Result<Stored>> {
        Box::pin(async move {
            if in_conference(&seat).is_some() {
                let words = Words::new(
                    "カンファレンスでは文字を送れません。読影の画面の「質問と返事」をお使いください。",
                    "Nothing is written in a conference: please use the questions and answers of the reading.",
                );
                return Err(Error::new(Kind::Forbidden, words, "chat in a conference"));
            }
            let said = self.0.chat(&place(&seat), &key, &text).await?;
            Ok(Stored { id: said.id, at: said.at })
        })
    }

    fn said(&self, seat: Seat) -> Act<'_, Vec<Line>> {
        Box::pin(async move {
            if in_conference(&seat).is_some() {
                return vec![];
            }
            let said = self.0.said(&place(&seat)).await;
            said.into_iter()
                .map(|it| Line { id: it.id, at: it.at, person: it.person, name: it.name, text: it.text })
                .collect()
        })
    }

    fn turn(&self, seat: Seat) -> Act<'_, IceServers> {
        Box::pin(async move {
            let relay = self.0.relay(&place(&seat));
            let server = |it: call::Relay| IceServer {
                urls: it.urls,
                username: Some(it.credential.username),
                credential: Some(it.credential.password),
            };
            let ttl_s = relay.as_ref().map_or(0, |it| it.ttl_s);
            IceServers { servers: relay.into_iter().map(server).collect(), ttl_s, relay_only: self.0.relay_only() }
        })
    }

    fn sign(&self, seat: Seat, fingerprint: String) -> Act<'_, Option<String>> {
        let statement = signal::statement(&seat.room, &seat.person, &fingerprint);
        Box::pin(async move {
            let signed = match in_conference(&seat) {
                Some(place) => self.1.sign(&place, &statement).await,
                None => self.0.sign(&place(&seat), &statement).await,
            };
            signed.inspect_err(|error| tracing::error!(%error, "a fingerprint could not be signed")).ok()
        })
    }
}

/// The word that stands for a value of the protocol (`"lost"`).
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|it| it.as_str().map(ToOwned::to_owned)).unwrap_or_default()
}
