//! Who acts, when, for which facility, from where: the only way to the clock and to chance.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use crate::{DeviceId, Error, FacilityId, Lang, PatientId, PersonId, RequestId, Result, SessionId, Timestamp};

/// The person, or the machine, that acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// Nobody has signed in.
    Nobody,
    /// A member of the staff of `Ctx::facility`.
    Staff(PersonId),
    /// The patient, by account or by the link of a visit after birth date and code.
    Patient(PatientId),
    /// A guardian acting for a patient.
    Guardian {
        /// Who acts.
        person: PersonId,
        /// For whom.
        patient: PatientId,
    },
    /// A job of the server itself; the name of the job.
    System(&'static str),
    /// Someone with the command line of the server.
    Operator(String),
}

impl Who {
    /// The patient who acts or is acted for, if it is one.
    #[must_use]
    pub fn patient(&self) -> Option<PatientId> {
        match self {
            Self::Patient(patient) | Self::Guardian { patient, .. } => Some(*patient),
            _ => None,
        }
    }

    /// The staff member, if it is one.
    #[must_use]
    pub fn staff(&self) -> Option<PersonId> {
        match self {
            Self::Staff(person) => Some(*person),
            _ => None,
        }
    }

    /// How the log names the actor: a kind and an id, never a name (`staff:01h…`).
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Nobody => "nobody".into(),
            Self::Staff(id) => format!("staff:{id}"),
            Self::Patient(id) => format!("patient:{id}"),
            Self::Guardian { person, patient } => format!("guardian:{person}:{patient}"),
            Self::System(job) => format!("system:{job}"),
            Self::Operator(name) => format!("operator:{name}"),
        }
    }
}

/// Source of instants.
pub trait Clock: Send + Sync + 'static {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// Source of random bytes.
#[derive(Clone)]
pub struct Chance(Arc<Fill>);

type Fill = dyn Fn(&mut [u8]) + Send + Sync;

impl Chance {
    /// Chance that calls `fill`.
    pub fn new(fill: impl Fn(&mut [u8]) + Send + Sync + 'static) -> Self {
        Self(Arc::new(fill))
    }

    /// The operating system's. The process ends if it has none: nothing may be sealed without.
    #[must_use]
    #[allow(clippy::expect_used, reason = "no key or nonce may ever be made without chance")]
    pub fn system() -> Self {
        Self::new(|out| getrandom::fill(out).expect("the operating system gives random bytes"))
    }

    /// A repeatable stream for tests (splitmix64). Never for keys outside tests.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        let state = std::sync::atomic::AtomicU64::new(seed);
        Self::new(move |out| {
            for chunk in out.chunks_mut(8) {
                let step = 0x9e37_79b9_7f4a_7c15_u64;
                let mut z = state.fetch_add(step, std::sync::atomic::Ordering::Relaxed).wrapping_add(step);
                z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                chunk.copy_from_slice(&(z ^ (z >> 31)).to_be_bytes()[..chunk.len()]);
            }
        })
    }

    /// Fills `out`.
    pub fn fill(&self, out: &mut [u8]) {
        (self.0)(out);
    }

    /// `N` random bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut out = [0; N];
        self.fill(&mut out);
        out
    }
}

impl fmt::Debug for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chance")
    }
}

/// One act's circumstances. Made at the door (page, face, job, command), handed down first.
#[derive(Debug, Clone)]
pub struct Ctx {
    /// Who acts.
    pub who: Who,
    /// The facility whose data may be touched; none before sign-in and for jobs over all facilities.
    pub facility: Option<FacilityId>,
    /// The moment of the act, cut to microseconds (what both databases keep).
    pub now: Timestamp,
    /// Names this request in the log.
    pub request: RequestId,
    /// The session, for people.
    pub session: Option<SessionId>,
    /// The registered terminal, when known.
    pub device: Option<DeviceId>,
    /// SHA-256 of the certificate whose key whoever asks has proven to hold, where callers are asked for one.
    pub certificate: Option<[u8; 32]>,
    /// Where the request came from.
    pub address: Option<IpAddr>,
    /// The language of the answer.
    pub lang: Lang,
    /// Random bytes.
    pub chance: Chance,
}

impl Ctx {
    /// Circumstances of `who` at `now`, with nothing else known.
    #[must_use]
    pub fn new(who: Who, facility: Option<FacilityId>, now: Timestamp, chance: Chance) -> Self {
        let now = crate::time::cut(now);
        let request = RequestId::from_bytes(chance.bytes());
        let (session, device, certificate, address) = (None, None, None, None);
        Self { who, facility, now, request, session, device, certificate, address, lang: Lang::Ja, chance }
    }

    /// The facility.
    ///
    /// # Errors
    /// [`Error::not_found`] where none is set: without a facility there is nothing to be found.
    pub fn facility(&self) -> Result<FacilityId> {
        self.facility.ok_or_else(|| Error::not_found("no facility in Ctx"))
    }

    /// The same circumstances for another facility (staff with several duties, jobs).
    #[must_use]
    pub fn at(&self, facility: FacilityId) -> Self {
        Self { facility: Some(facility), ..self.clone() }
    }

    /// For tests: nobody, at an RFC 3339 instant, with repeatable chance.
    ///
    /// # Panics
    /// When `now` is not an instant.
    #[must_use]
    #[allow(clippy::expect_used, reason = "a test's own constant")]
    pub fn test(now: &str) -> Self {
        Self::new(Who::Nobody, None, now.parse().expect("an RFC 3339 instant"), Chance::seeded(7))
    }
}
