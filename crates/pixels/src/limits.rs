//! What a frame may cost. The widest pictures of dentistry are panoramas of some 10 megapixels.

/// Bytes of one native frame. A mammogram has 50 MB; whole slides come in tiles.
pub const FRAME_BYTES_MAX: usize = 256 << 20;

/// Frames that one object may name: a tomosynthesis or a long ultrasound clip has some thousands.
pub const FRAMES_MAX: u32 = 1 << 20;

/// Fragments of one object: some senders write fragments of 64 KiB.
pub const FRAGMENTS_MAX: usize = 1 << 21;

/// Tiles of one JPEG 2000 picture. The standard allows 65,535; one-pixel tiles would cost a thousand times their data.
pub const TILES_MAX: usize = 4_096;
