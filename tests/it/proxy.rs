//! A real nginx in front of the built program, with `examples/nginx.conf` except for its addresses and files.

use crate::support::running::{Program, assert_balanced, bytes, free, number, put, signed, until};
use crate::support::signing::fresh_ms;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use socket2::{Domain, Socket, Type};
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const IMAGE: &str = "/v1/metrics/data/download/image";
const PUBLIC: &str = "https://charts.example.com";
const SECRET: &str = "b1946ac92492d2347c6235b4d2611184";
/// The address of the proxy.
const PROXY: [u8; 4] = [127, 0, 0, 1];
/// The address of the client.
const CLIENT: [u8; 4] = [127, 0, 0, 77];
const BODY: &str = r#"{"start":1640995200,"end":1640998800,"period":300,"statistic_type":"AVG","title":"T","metrics":[{"namespace_name":"Demo","name":"m","dimensions":[]}]}"#;

/// A response, through the proxy or not.
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn of(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head") + 4;
        let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
        let status = head.split(' ').nth(1).expect("a status").parse().expect("a number");
        Self { status, head, body: bytes[end..].to_vec() }
    }
}

/// The program behind its proxy.
struct Behind {
    program: Program,
    numbers: SocketAddr,
    proxy: SocketAddr,
    nginx: Child,
    trusted: CertificateDer<'static>,
    _folder: TempDir,
}

impl Drop for Behind {
    fn drop(&mut self) {
        let _ = self.nginx.kill();
        let _ = self.nginx.wait();
    }
}

fn example() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/nginx.conf")).expect("the example")
}

/// Returns the path of nginx, which on Debian is not in the PATH of users.
fn nginx() -> PathBuf {
    let places =
        ["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/local/bin/nginx", "/usr/bin/nginx"].map(PathBuf::from);
    places.into_iter().find(|place| place.exists()).expect("nginx is installed")
}

impl Behind {
    /// Starts program and proxy, with further lines in the configuration, and with one text of the nginx example replaced.
    fn start(configuration: &str, change: Option<(&str, &str)>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let (proxy, numbers) = (free(), free());
        let key = format!("[keys.k]\naccess_key = \"k\"\nsecret = \"{SECRET}\"\n");
        let own = format!(
            "public_url = \"{PUBLIC}\"\ntrusted_proxies = [\"127.0.0.1/32\"]\nmetrics_listen = \"{numbers}\"\n"
        );
        put(&at("m.toml"), &format!("{own}{key}{configuration}"));
        let program = Program::start(&at("m.toml"));
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["charts.example.com".to_owned()]).unwrap();
        put(&at("chain.pem"), &cert.pem());
        put(&at("key.pem"), &signing_key.serialize_pem());
        let mut site = example();
        let addresses = [
            ("listen 443 ssl;", format!("listen {proxy} ssl;")),
            ("/etc/ssl/charts.example.com.crt", at("chain.pem").display().to_string()),
            ("/etc/ssl/charts.example.com.key", at("key.pem").display().to_string()),
            ("http://127.0.0.1:8080;", format!("http://{};", program.address)),
        ];
        let change = change.map(|(is, should_be)| (is, should_be.to_owned()));
        for (is, should_be) in addresses.into_iter().chain(change) {
            assert!(site.contains(is), "the example has {is:?}");
            site = site.replace(is, &should_be);
        }
        put(&at("site.conf"), &site);
        put(&at("nginx.conf"), &around(folder.path()));
        let mut command = Command::new(nginx());
        command
            .arg("-p")
            .arg(folder.path())
            .arg("-c")
            .arg(at("nginx.conf"))
            .args(["-e", "stderr"])
            .stdin(Stdio::null());
        let nginx = command.spawn().expect("nginx starts");
        until("nginx listens", || TcpStream::connect(proxy).is_ok());
        Self { program, numbers, proxy, nginx, trusted: cert.der().clone(), _folder: folder }
    }

    /// Sends a request from [`CLIENT`] to the proxy; returns the response.
    fn ask(&self, bytes: &[u8]) -> Answer {
        let mut roots = RootCertStore::empty();
        roots.add(self.trusted.clone()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots);
        let name = ServerName::try_from("charts.example.com").unwrap();
        let client = ClientConnection::new(Arc::new(builder.with_no_client_auth()), name).unwrap();
        let mut stream = StreamOwned::new(client, from(CLIENT, self.proxy));
        stream.write_all(bytes).unwrap();
        read(stream)
    }

    /// Sends a request directly to the program; returns the response.
    fn ask_directly(&self, address: [u8; 4], bytes: &[u8]) -> Answer {
        let mut stream = from(address, self.program.address);
        stream.write_all(bytes).unwrap();
        read(stream)
    }
}

/// Returns the main configuration of nginx around the example, with all files below this folder and no change of user.
fn around(folder: &Path) -> String {
    let name = |flag: &str| {
        let said = Command::new("id").arg(flag).output().expect("id runs").stdout;
        String::from_utf8(said).expect("a name").trim().to_owned()
    };
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {};\n", folder.join(kind).display()));
    format!(
        "user {} {};\ndaemon off;\nmaster_process off;\npid {};\nerror_log stderr crit;\nevents {{}}\nhttp {{\naccess_log off;\n{}include {};\n}}\n",
        name("-un"),
        name("-gn"),
        folder.join("pid").display(),
        temporary.concat(),
        folder.join("site.conf").display()
    )
}

/// Opens a connection from this local address.
fn from(address: [u8; 4], to: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from((address, 0)).into()).unwrap();
    socket.connect(&to.into()).unwrap();
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream
}

fn read(mut stream: impl Read) -> Answer {
    let mut bytes = Vec::new();
    // A response without close_notify is complete by its Content-Length.
    let _ = stream.read_to_end(&mut bytes);
    Answer::of(&bytes)
}

/// Returns a request signed for the public URL of this target, with `Connection: close`.
fn question(target: &str, body: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let mut headers = signed("k", SECRET, &format!("{PUBLIC}{target}"), fresh_ms());
    let more = more.iter().chain(&[("Connection", "close")]);
    headers.extend(more.map(|&(name, value)| (name.to_owned(), value.to_owned())));
    let bytes = bytes(target, &headers, body);
    let text = String::from_utf8(bytes).unwrap();
    text.replace("Host: localhost:8080", "Host: charts.example.com").into_bytes()
}

#[test]
fn the_configuration_in_the_nginx_example_is_valid() {
    let commented = example();
    let lines: Vec<&str> = commented.lines().filter_map(|line| line.strip_prefix("#   ")).collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("m.toml");
    let key = format!("[keys.k]\naccess_key = \"k\"\nsecret = \"{SECRET}\"\n");
    put(&file, &format!("{}\n{key}", lines.join("\n")));
    let mut check = Command::new(env!("CARGO_BIN_EXE_metricshot"));
    let said = check.arg("--config").arg(&file).arg("check-config").env_clear().output().unwrap();
    assert_eq!(said.status.code(), Some(0), "{}", String::from_utf8_lossy(&said.stderr));
}

#[test]
fn an_image_passes_the_proxy_unchanged_with_the_client_address() {
    let behind = Behind::start("", None);
    let through = behind.ask(&question(IMAGE, BODY, &[]));
    assert_eq!(through.status, 200, "{}{}", through.head, String::from_utf8_lossy(&through.body));
    let direct = behind.ask_directly(PROXY, &question(IMAGE, BODY, &[]));
    assert!(direct.body.starts_with(b"\x89PNG") && direct.body == through.body);
    let line_of = |caller: &str| behind.program.log().contains(&format!("caller=\"{caller}\""));
    until("the caller's line is written", || line_of("127.0.0.77"));
    until("the client without a proxy is logged with its own address", || line_of("127.0.0.1"));

    // Two leading slashes are signed and sent as they are.
    assert_eq!(behind.ask(&question(&format!("/{IMAGE}"), BODY, &[])).status, 200);
    // A signature for the listen address is not valid for the public URL.
    let here =
        bytes(IMAGE, &signed("k", SECRET, &format!("http://{}{IMAGE}", behind.program.address), fresh_ms()), BODY);
    let here = String::from_utf8(here).unwrap().replace("Scp-Accesskey", "Connection: close\r\nScp-Accesskey");
    let refused = behind.ask(here.as_bytes());
    assert!(refused.status == 401 && refused.head.contains("metricshot-fault: invalid_signature"), "{}", refused.head);
    assert_balanced(behind.numbers);
}

#[test]
fn a_forged_client_address_is_not_trusted() {
    let behind = Behind::start("", None);
    let made_up = [("X-Forwarded-For", "203.0.113.77"), ("X-Real-Ip", "203.0.113.77")];
    assert_eq!(behind.ask(&question(IMAGE, BODY, &made_up)).status, 200);
    assert_eq!(behind.ask_directly(CLIENT, &question(IMAGE, BODY, &made_up)).status, 200);
    until("both lines are written", || behind.program.log().matches("caller=\"127.0.0.77\"").count() == 2);
    assert!(!behind.program.log().contains("203.0.113.77"));
    // A request from the proxy itself would be trusted.
    assert_eq!(behind.ask_directly(PROXY, &question(IMAGE, BODY, &made_up)).status, 200);
    until("its line is written", || behind.program.log().contains("caller=\"203.0.113.77\""));
}

#[test]
fn a_body_of_the_maximum_length_passes_the_proxy_and_a_longer_one_does_not() {
    let behind = Behind::start("", None);
    let longest = format!("{BODY}{}", " ".repeat(100 * 1024 - BODY.len()));
    assert_eq!(behind.ask(&question(IMAGE, &longest, &[])).status, 200);
    let refused = behind.ask(&question(IMAGE, &format!("{longest} "), &[]));
    assert!(refused.status == 413 && !refused.head.contains("metricshot-fault"), "by the proxy: {}", refused.head);
}

/// Checks F-30.
#[test]
fn a_disconnecting_proxy_ends_the_work_and_counts_as_gone() {
    // A source that accepts the request and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = silent.local_addr().unwrap();
    let source = format!("[sources.s]\ntype = \"prometheus\"\nurl = \"http://{url}\"\n");
    let rule = "[[metric]]\nnamespace = \"Demo\"\nname = \"m\"\nsource = \"s\"\nunit = \"NONE\"\nselect = { name = \"m\", labels = {} }\n";
    let ended = std::thread::spawn(move || {
        let (mut asked, _) = silent.accept().unwrap();
        let mut question = Vec::new();
        // Reads until the peer closes the connection.
        let _ = asked.read_to_end(&mut question);
        (question, Instant::now())
    });
    let limits = "[limits]\nsource_total = \"600s\"\nrequest_total = \"600s\"\nhalf_closed = \"100ms\"\n";
    let configuration = format!("{limits}{source}{rule}");
    let behind = Behind::start(&configuration, Some(("proxy_read_timeout 15s;", "proxy_read_timeout 1s;")));
    let begin = Instant::now();
    let given_up = behind.ask(&question(IMAGE, BODY, &[]));
    assert_eq!(given_up.status, 504, "{}", given_up.head);
    until("the caller is gone", || number(behind.numbers, "metricshot_requests_gone_total") == 1.0);
    let (asked, closed) = ended.join().unwrap();
    assert!(asked.starts_with(b"GET ") || asked.starts_with(b"POST "), "the source got a request");
    assert!(closed - begin < Duration::from_secs(600), "and left alone then");
    until("its line is written", || behind.program.log().contains("client_gone"));
    assert_balanced(behind.numbers);
}
