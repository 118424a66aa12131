//! What systemd is told of the service: that it is ready, lives, and stops. Each is one datagram.
//! <https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html>

use std::ffi::{OsStr, OsString};
use std::io;
#[cfg(unix)]
use std::os::unix::net::UnixDatagram;
use std::time::Duration;
use tracing::warn;

/// Whoever started the service, if they want to hear of it.
#[derive(Debug, Default)]
pub(crate) struct Manager {
    socket: Option<Socket>,
    /// Without a word for so long it takes the service for dead.
    watchdog: Option<Duration>,
}

impl Manager {
    /// The one that the environment names; where it names none, nobody hears anything.
    pub(crate) fn of_environment() -> Self {
        Self::find(|name| std::env::var_os(name), std::process::id())
    }

    fn find(variable: impl Fn(&str) -> Option<OsString>, process: u32) -> Self {
        let Some(name) = variable("NOTIFY_SOCKET") else {
            return Self::default();
        };
        match Socket::connect(&name) {
            Ok(socket) => Self {
                socket: Some(socket),
                watchdog: watchdog(variable, process),
            },
            Err(error) => {
                warn!(%error, "the service manager cannot be told anything: {error}");
                Self::default()
            }
        }
    }

    /// The service does its work from now on.
    pub(crate) fn ready(&self) {
        self.tell("READY=1");
    }

    /// The service is told to stop, and does.
    pub(crate) fn stopping(&self) {
        self.tell("STOPPING=1");
    }

    /// The service lives; to be said every [`Manager::wants_to_hear_every`].
    pub(crate) fn alive(&self) {
        self.tell("WATCHDOG=1");
    }

    /// How often it is to hear that the service lives: twice in the time after which it takes it for dead; `None`: never.
    pub(crate) fn wants_to_hear_every(&self) -> Option<Duration> {
        self.watchdog.map(|watchdog| watchdog / 2)
    }

    fn tell(&self, state: &str) {
        let Some(socket) = &self.socket else { return };
        if let Err(error) = socket.send(state) {
            warn!(%error, "the service manager was not told `{state}`: {error}");
        }
    }
}

/// How long the manager waits for a word from this process; `None` where it does not.
fn watchdog(variable: impl Fn(&str) -> Option<OsString>, process: u32) -> Option<Duration> {
    let text = |name| variable(name)?.into_string().ok();
    // Inherited by another process than it was meant for.
    let is_ours = text("WATCHDOG_PID").is_none_or(|text| text.parse::<u32>() == Ok(process));
    let microseconds: u64 = text("WATCHDOG_USEC").filter(|_| is_ours)?.parse().ok()?;
    (microseconds > 0).then(|| Duration::from_micros(microseconds))
}

/// Where the manager listens.
#[derive(Debug)]
struct Socket(#[cfg(unix)] UnixDatagram);

#[cfg(unix)]
impl Socket {
    fn connect(name: &OsStr) -> io::Result<Self> {
        let socket = UnixDatagram::unbound()?;
        socket.connect_addr(&address(name)?)?;
        // A manager that does not listen must not hold the service up.
        socket.set_nonblocking(true)?;
        Ok(Self(socket))
    }

    fn send(&self, state: &str) -> io::Result<()> {
        self.0.send(state.as_bytes()).map(drop)
    }
}

#[cfg(not(unix))]
impl Socket {
    fn connect(_: &OsStr) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn send(&self, _: &str) -> io::Result<()> {
        Ok(())
    }
}

/// A path, or, after an `@`, a name of its own kind, of which only Linux knows.
#[cfg(unix)]
fn address(name: &OsStr) -> io::Result<std::os::unix::net::SocketAddr> {
    #[cfg(target_os = "linux")]
    {
        use std::os::linux::net::SocketAddrExt;
        use std::os::unix::ffi::OsStrExt;
        if let Some(bare) = name.as_bytes().strip_prefix(b"@") {
            return std::os::unix::net::SocketAddr::from_abstract_name(bare);
        }
    }
    std::os::unix::net::SocketAddr::from_pathname(name)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::path::Path;

    /// A manager that listens.
    fn listening(path: &Path) -> UnixDatagram {
        let socket = UnixDatagram::bind(path).unwrap();
        socket
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        socket
    }

    fn find(variables: &[(&str, &OsStr)]) -> Manager {
        let find = |name: &str| {
            let mut variables = variables.iter();
            let found = variables.find(|(other, _)| *other == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Manager::find(find, 7)
    }

    fn heard(socket: &UnixDatagram) -> String {
        let mut buffer = [0; 64];
        let length = socket.recv(&mut buffer).unwrap();
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    }

    #[test]
    fn each_word_is_a_datagram() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let socket = listening(&path);
        let manager = find(&[("NOTIFY_SOCKET", path.as_os_str())]);
        manager.ready();
        manager.alive();
        manager.stopping();
        for expected in ["READY=1", "WATCHDOG=1", "STOPPING=1"] {
            assert_eq!(heard(&socket), expected);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_name_that_is_no_path_is_found_too() {
        use std::os::linux::net::SocketAddrExt;
        let name = format!("rotakey-test-{}", std::process::id());
        let address = std::os::unix::net::SocketAddr::from_abstract_name(&name).unwrap();
        let socket = UnixDatagram::bind_addr(&address).unwrap();
        let name = format!("@{name}");
        find(&[("NOTIFY_SOCKET", OsStr::new(&name))]).ready();
        assert_eq!(heard(&socket), "READY=1");
    }

    #[test]
    fn nobody_has_to_listen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        for variables in [
            &[][..],
            &[("NOTIFY_SOCKET", path.as_os_str())],
            &[("NOTIFY_SOCKET", OsStr::new(""))],
        ] {
            let manager = find(variables);
            assert!(manager.socket.is_none(), "{variables:?}");
            manager.ready();
        }
        let socket = listening(&path);
        let manager = find(&[("NOTIFY_SOCKET", path.as_os_str())]);
        drop(socket);
        // It went away meanwhile.
        manager.ready();
    }

    #[test]
    fn a_watchdog_is_heeded_if_it_is_meant() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let _socket = listening(&path);
        let minute = Some(Duration::from_mins(1));
        for (microseconds, process, expected) in [
            ("120000000", None, minute),
            ("120000000", Some("7"), minute),
            ("120000000", Some("8"), None),
            ("120000000", Some("x"), None),
            ("0", None, None),
            ("soon", None, None),
        ] {
            let mut variables = vec![
                ("NOTIFY_SOCKET", path.as_os_str()),
                ("WATCHDOG_USEC", OsStr::new(microseconds)),
            ];
            variables.extend(process.map(|process| ("WATCHDOG_PID", OsStr::new(process))));
            let every = find(&variables).wants_to_hear_every();
            assert_eq!(every, expected, "{microseconds} {process:?}");
        }
        let unasked = find(&[("NOTIFY_SOCKET", path.as_os_str())]);
        assert_eq!(unasked.wants_to_hear_every(), None);
    }
}
