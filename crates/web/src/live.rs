//! What pages ask of the open sockets. The `signal` face is plugged in by `app`; tests plug [`Nobody`].

/// One person's connection to a room.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Present {
    /// The person's key inside the room (an id; never a name).
    pub person: String,
    /// Whether let in, or waiting at the door.
    pub admitted: bool,
    /// Seconds since the socket opened.
    pub since_s: u64,
    /// Quality as last measured: 3 good, 2 fair, 1 bad, 0 unknown.
    pub quality: u8,
}

/// Commands and questions to the rooms of calls. A room is named by the id of its booking, or by its conference.
pub trait Live: Send + Sync + 'static {
    /// Who is connected.
    fn present(&self, room: &str) -> Vec<Present>;
    /// Rings at everybody who waits in the room.
    fn ring(&self, room: &str);
    /// Lets a waiting person in.
    fn admit(&self, room: &str, person: &str);
    /// Puts a person out.
    fn remove(&self, room: &str, person: &str, why: &str);
    /// Ends the call for all.
    fn end(&self, room: &str, why: &str);
    /// Tells everybody in the room to look again (`what` names the part that changed).
    fn changed(&self, room: &str, what: &str);
}

/// No sockets at all.
#[derive(Debug, Clone, Copy)]
pub struct Nobody;

impl Live for Nobody {
    fn present(&self, _: &str) -> Vec<Present> {
        Vec::new()
    }
    fn ring(&self, _: &str) {}
    fn admit(&self, _: &str, _: &str) {}
    fn remove(&self, _: &str, _: &str, _: &str) {}
    fn end(&self, _: &str, _: &str) {}
    fn changed(&self, _: &str, _: &str) {}
}
