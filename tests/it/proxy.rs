//! A real nginx in front of the built program, with `examples/nginx.conf` as it stands but for addresses and files.

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
/// Addresses of this machine: the proxy's, and a caller's.
const PROXY: [u8; 4] = [127, 0, 0, 1];
const CALLER: [u8; 4] = [127, 0, 0, 77];
const BODY: &str = r#"{"start":1640995200,"end":1640998800,"period":300,"statistic_type":"AVG","title":"T","metrics":[{"namespace_name":"Demo","name":"m","dimensions":[]}]}"#;

/// An answer that came through the proxy, or did not.
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

/// Debian has it where only root looks.
fn nginx() -> PathBuf {
    let places =
        ["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/local/bin/nginx", "/usr/bin/nginx"].map(PathBuf::from);
    places.into_iter().find(|place| place.exists()).expect("nginx is installed")
}

impl Behind {
    /// With further lines in the program's configuration, and perhaps another text in the place of one in the example.
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

    /// What a caller at [`CALLER`] gets from the proxy.
    fn ask(&self, bytes: &[u8]) -> Answer {
        let mut roots = RootCertStore::empty();
        roots.add(self.trusted.clone()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots);
        let name = ServerName::try_from("charts.example.com").unwrap();
        let client = ClientConnection::new(Arc::new(builder.with_no_client_auth()), name).unwrap();
        let mut stream = StreamOwned::new(client, from(CALLER, self.proxy));
        stream.write_all(bytes).unwrap();
        read(stream)
    }

    /// What one gets who asks the program itself.
    fn ask_directly(&self, address: [u8; 4], bytes: &[u8]) -> Answer {
        let mut stream = from(address, self.program.address);
        stream.write_all(bytes).unwrap();
        read(stream)
    }
}

/// What is around the example where it is installed: everything below this folder, with the rights of whoever runs the test.
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

/// A connection from this address of the machine.
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
    // Without a word of TLS at the end the answer is whole all the same: it says how long it is.
    let _ = stream.read_to_end(&mut bytes);
    Answer::of(&bytes)
}

/// A request that is signed for the public URL of this target, on a connection that ends with its answer.
fn question(target: &str, body: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let mut headers = signed("k", SECRET, &format!("{PUBLIC}{target}"), fresh_ms());
    let more = more.iter().chain(&[("Connection", "close")]);
    headers.extend(more.map(|&(name, value)| (name.to_owned(), value.to_owned())));
    let bytes = bytes(target, &headers, body);
    let text = String::from_utf8(bytes).unwrap();
    text.replace("Host: localhost:8080", "Host: charts.example.com").into_bytes()
}

#[test]
fn what_the_example_says_of_the_configuration_is_a_right_one() {
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
fn a_picture_comes_through_the_proxy_as_it_is_and_the_callers_address_is_told() {
    let behind = Behind::start("", None);
    let through = behind.ask(&question(IMAGE, BODY, &[]));
    assert_eq!(through.status, 200, "{}{}", through.head, String::from_utf8_lossy(&through.body));
    let direct = behind.ask_directly(PROXY, &question(IMAGE, BODY, &[]));
    assert!(direct.body.starts_with(b"\x89PNG") && direct.body == through.body);
    let line_of = |caller: &str| behind.program.log().contains(&format!("caller=\"{caller}\""));
    until("the caller's line is written", || line_of("127.0.0.77"));
    until("who comes without a proxy is the one who connects", || line_of("127.0.0.1"));

    // Two leading slashes are signed and asked for as they are.
    assert_eq!(behind.ask(&question(&format!("/{IMAGE}"), BODY, &[])).status, 200);
    // What was signed for where the program listens is not what was asked.
    let here =
        bytes(IMAGE, &signed("k", SECRET, &format!("http://{}{IMAGE}", behind.program.address), fresh_ms()), BODY);
    let here = String::from_utf8(here).unwrap().replace("Scp-Accesskey", "Connection: close\r\nScp-Accesskey");
    let refused = behind.ask(here.as_bytes());
    assert!(refused.status == 401 && refused.head.contains("metricshot-fault: invalid_signature"), "{}", refused.head);
    assert_balanced(behind.numbers);
}

#[test]
fn an_address_that_a_caller_made_up_is_not_believed_through_the_proxy_or_past_it() {
    let behind = Behind::start("", None);
    let made_up = [("X-Forwarded-For", "203.0.113.77"), ("X-Real-Ip", "203.0.113.77")];
    assert_eq!(behind.ask(&question(IMAGE, BODY, &made_up)).status, 200);
    assert_eq!(behind.ask_directly(CALLER, &question(IMAGE, BODY, &made_up)).status, 200);
    until("both lines are written", || behind.program.log().matches("caller=\"127.0.0.77\"").count() == 2);
    assert!(!behind.program.log().contains("203.0.113.77"));
    // The proxy itself would be believed.
    assert_eq!(behind.ask_directly(PROXY, &question(IMAGE, BODY, &made_up)).status, 200);
    until("its line is written", || behind.program.log().contains("caller=\"203.0.113.77\""));
}

#[test]
fn a_body_as_long_as_it_may_be_comes_through_and_a_longer_one_does_not() {
    let behind = Behind::start("", None);
    let longest = format!("{BODY}{}", " ".repeat(100 * 1024 - BODY.len()));
    assert_eq!(behind.ask(&question(IMAGE, &longest, &[])).status, 200);
    let refused = behind.ask(&question(IMAGE, &format!("{longest} "), &[]));
    assert!(refused.status == 413 && !refused.head.contains("metricshot-fault"), "by the proxy: {}", refused.head);
}

/// F-30.
#[test]
fn when_the_proxy_gives_up_the_work_ends_and_its_caller_is_counted_as_gone() {
    // A source that takes the question and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = silent.local_addr().unwrap();
    let source = format!("[sources.s]\ntype = \"prometheus\"\nurl = \"http://{url}\"\n");
    let rule = "[[metric]]\nnamespace = \"Demo\"\nname = \"m\"\nsource = \"s\"\nunit = \"NONE\"\nselect = { name = \"m\", labels = {} }\n";
    let ended = std::thread::spawn(move || {
        let (mut asked, _) = silent.accept().unwrap();
        let mut question = Vec::new();
        // Until the other side closes.
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
    assert!(asked.starts_with(b"GET ") || asked.starts_with(b"POST "), "the source was asked");
    assert!(closed - begin < Duration::from_secs(600), "and left alone then");
    until("its line is written", || behind.program.log().contains("client_gone"));
    assert_balanced(behind.numbers);
}
