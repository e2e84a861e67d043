//! The limits of a process that reads a stranger's file: memory, processor time, no files, no network, no children.
//!
//! They are set by the process itself, before it reads anything, and cannot be taken back.

use kernel::{Error, Result};

/// Address space, in bytes: reading, welding and thinning 5 million triangles takes half of it.
pub const MEMORY_BYTES_MAX: u64 = 3 * 1024 * 1024 * 1024;
/// Processor time, in seconds: 2 million triangles take some 10 of them.
pub const CPU_SECONDS_MAX: u64 = 120;
/// Descriptors: the three that are open, and none beside.
const DESCRIPTORS_MAX: u64 = 3;

/// What a process may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::Args)]
pub struct Cage {
    /// Address space in bytes.
    #[arg(long, default_value_t = MEMORY_BYTES_MAX)]
    pub memory_bytes: u64,
    /// Processor time in seconds.
    #[arg(long, default_value_t = CPU_SECONDS_MAX)]
    pub cpu_seconds: u64,
}

impl Default for Cage {
    fn default() -> Self {
        Self { memory_bytes: MEMORY_BYTES_MAX, cpu_seconds: CPU_SECONDS_MAX }
    }
}

impl Cage {
    /// As words of the command line.
    pub(super) fn arguments(self) -> [String; 4] {
        ["--memory-bytes".into(), self.memory_bytes.to_string(), "--cpu-seconds".into(), self.cpu_seconds.to_string()]
    }

    /// Closes the cage around the calling thread, which should be the only one: reading and writing what is open, memory
    /// and an end are all that is left. Anything else is refused as not permitted.
    ///
    /// # Errors
    /// The system cannot set a limit: then nothing may be read. It is so on any other system than Linux.
    pub fn enter(self) -> Result<()> {
        limit(self)?;
        silence()
    }
}

#[cfg(target_os = "linux")]
fn limit(cage: Cage) -> Result<()> {
    use rlimit::{Resource, setrlimit};
    for (resource, most) in [
        (Resource::AS, cage.memory_bytes),
        (Resource::CPU, cage.cpu_seconds),
        (Resource::FSIZE, 0),
        (Resource::CORE, 0),
        (Resource::NOFILE, DESCRIPTORS_MAX),
    ] {
        // A second beyond, the kernel ends who does not listen.
        let hard = if resource == Resource::CPU { most + 1 } else { most };
        setrlimit(resource, most, hard).map_err(Error::unavailable)?;
    }
    Ok(())
}

/// The filter of the kernel. Setting it takes the way to new privileges as well.
#[cfg(target_os = "linux")]
fn silence() -> Result<()> {
    use std::collections::BTreeMap;

    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
        apply_filter,
    };
    /// What the standard library, the allocator and an orderly or disorderly end need.
    const ALLOWED: &[i64] = &[
        libc::SYS_read,
        libc::SYS_readv,
        libc::SYS_write,
        libc::SYS_writev,
        libc::SYS_close,
        libc::SYS_fstat,
        libc::SYS_lseek,
        libc::SYS_brk,
        libc::SYS_mmap,
        libc::SYS_mremap,
        libc::SYS_munmap,
        libc::SYS_mprotect,
        libc::SYS_madvise,
        libc::SYS_futex,
        libc::SYS_sched_yield,
        libc::SYS_clock_gettime,
        libc::SYS_getrandom,
        libc::SYS_getpid,
        libc::SYS_gettid,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_sigaltstack,
        libc::SYS_restart_syscall,
        libc::SYS_exit,
        libc::SYS_exit_group,
    ];
    let not_permitted = SeccompAction::Errno(libc::EPERM as u32);
    let machine = std::env::consts::ARCH.try_into().map_err(Error::unavailable)?;
    let mut rules: BTreeMap<_, _> = ALLOWED.iter().map(|it| (*it, Vec::new())).collect();
    // An abort is a signal to oneself; others of the same user are none of its business.
    let oneself = u64::from(std::process::id());
    let to_oneself = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, oneself)
        .and_then(|it| SeccompRule::new(vec![it]))
        .map_err(Error::unavailable)?;
    rules.insert(libc::SYS_tgkill, vec![to_oneself]);
    let filter = SeccompFilter::new(rules, not_permitted, SeccompAction::Allow, machine).map_err(Error::unavailable)?;
    let program: BpfProgram = filter.try_into().map_err(Error::unavailable)?;
    apply_filter(&program).map_err(Error::unavailable)
}

#[cfg(not(target_os = "linux"))]
fn limit(_: Cage) -> Result<()> {
    Err(Error::unavailable("a stranger's file is read on Linux only"))
}

#[cfg(not(target_os = "linux"))]
fn silence() -> Result<()> {
    Ok(())
}
