//! The client against servers of the test, with names that lead where the test says.

use super::connector::Lookup;
use super::*;
use crate::call::Call;
use crate::clock::Deadline;
use crate::error::{Reason, SourceError};
use crate::limits::Limits;
use async_trait::async_trait;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// A fake of what knows names: its answers one after the other, the last one for ever; `None` is a silence.
#[derive(Debug)]
struct Names {
    answers: Vec<Option<Result<Vec<IpAddr>, ()>>>,
    asked: AtomicUsize,
}

impl Names {
    fn new(answers: &[Option<Result<&[&str], ()>>]) -> Arc<Self> {
        let addresses = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        let answers = answers.iter().map(|answer| answer.map(|answer| answer.map(addresses))).collect();
        Arc::new(Self { answers, asked: AtomicUsize::new(0) })
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Lookup for Names {
    async fn addresses(&self, _name: &str) -> io::Result<Vec<IpAddr>> {
        let index = self.asked.fetch_add(1, Ordering::SeqCst).min(self.answers.len() - 1);
        match &self.answers[index] {
            Some(Ok(addresses)) => Ok(addresses.clone()),
            Some(Err(())) => Err(io::Error::other("the resolver is dead")),
            None => std::future::pending().await,
        }
    }
}

/// A server of the test: the connections that it took, and the questions on each.
#[derive(Debug, Default)]
struct Taken(Mutex<Vec<usize>>);

impl Taken {
    fn questions(&self) -> Vec<usize> {
        self.0.lock().unwrap().clone()
    }
}

/// Answers each question with what `answer` makes of its number, over all connections from 0 on, for as long as the connection stands.
async fn serve(ip: [u8; 4], port: u16, answer: impl Fn(usize) -> Then + Send + Sync + 'static) -> (u16, Arc<Taken>) {
    let listener = TcpListener::bind((Ipv4Addr::from(ip), port)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (taken, answer) = (Arc::new(Taken::default()), Arc::new(answer));
    let record = Arc::clone(&taken);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            record.0.lock().unwrap().push(0);
            tokio::spawn(converse(stream, Arc::clone(&record), Arc::clone(&answer)));
        }
    });
    (port, taken)
}

/// Result of a read request.
enum Then {
    Say(&'static str),
    HangUp,
    Silence,
}

async fn converse(
    mut stream: TcpStream,
    taken: Arc<Taken>,
    answer: Arc<impl Fn(usize) -> Then + Send + Sync>,
) -> io::Result<()> {
    let connection = taken.0.lock().unwrap().len() - 1;
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await?);
        }
        let number = {
            let mut taken = taken.0.lock().unwrap();
            taken[connection] += 1;
            taken.iter().sum::<usize>() - 1
        };
        match answer(number) {
            Then::Say(bytes) => stream.write_all(bytes.as_bytes()).await?,
            Then::HangUp => return stream.set_zero_linger(),
            Then::Silence => std::future::pending().await,
        }
    }
}

fn client(host: &str, port: u16, limits: &Limits, names: &Arc<Names>) -> Client {
    let endpoint = endpoint(&format!("http://{host}:{port}"), &[]);
    Client::looking_up(endpoint, limits, Arc::clone(names) as Arc<dyn Lookup>).unwrap()
}

fn endpoint(base_url: &str, addresses: &[&str]) -> Endpoint {
    let addresses: Vec<String> = addresses.iter().map(|&text| text.to_owned()).collect();
    Endpoint {
        base_url: base_url.to_owned(),
        auth: Auth::None,
        headers: vec![],
        ca_pem: None,
        identity_pem: None,
        addresses: addresses.try_into().unwrap(),
    }
}

/// Returns limits with which each call resolves the name.
fn at_once() -> Limits {
    Limits { source_name_age: Duration::ZERO, ..Limits::default() }
}

async fn ask(client: &Client) -> Result<HttpResponse, SourceError> {
    ask_within(client, 60_000).await
}

async fn ask_within(client: &Client, milliseconds: u64) -> Result<HttpResponse, SourceError> {
    let content = Content::Parameters(&[], ParamEncoding::Get);
    let deadline = Deadline::after(Duration::from_millis(milliseconds));
    client.get_idempotent(ReadRequest { path: "q", content }, Call::unlimited(deadline, 0)).await
}

const GOOD: Option<Result<&[&str], ()>> = Some(Ok(&["127.0.0.1"]));
const METADATA: Option<Result<&[&str], ()>> = Some(Ok(&["169.254.169.254"]));

#[tokio::test]
async fn a_name_that_leads_to_metadata_is_refused_and_its_address_told_to_the_log() {
    for (address, names) in [("169.254.169.254", METADATA), ("::ffff:0.0.0.0", Some(Ok(&["::ffff:0.0.0.0"])))] {
        let names = Names::new(&[names]);
        let error = ask(&client("metrics.internal", 9090, &Limits::default(), &names)).await.unwrap_err();
        assert_eq!(error.reason, Reason::Refused);
        assert!(error.detail.contains(address) && error.detail.contains("metrics.internal"), "{error}");
        assert_eq!(names.asked(), 1, "a refusal is not tried again");
    }
}

#[tokio::test]
async fn of_several_addresses_only_those_that_are_allowed_are_dialled() {
    let (port, taken) = serve([127, 0, 0, 1], 0, |_| Then::Say(OK)).await;
    let names = Names::new(&[Some(Ok(&["169.254.169.254", "0.0.0.0", "127.0.0.1", "ff02::1"]))]);
    // An address that does not answer would be waited for until the deadline.
    let limits = Limits { source_connect: Duration::from_secs(600), ..Limits::default() };
    assert!(ask(&client("mixed", port, &limits, &names)).await.is_ok());
    assert_eq!(taken.questions(), [1]);
}

#[tokio::test]
async fn a_name_that_leads_to_a_bad_address_later_is_refused_even_on_its_open_connection() {
    let (port, taken) = serve([127, 0, 0, 1], 0, |_| Then::Say(OK)).await;
    let names = Names::new(&[GOOD, METADATA]);
    let client = client("rebound", port, &at_once(), &names);
    assert!(ask(&client).await.is_ok());
    assert_eq!(ask(&client).await.unwrap_err().reason, Reason::Refused);
    assert_eq!(taken.questions(), [1]);
}

#[tokio::test]
async fn an_operator_s_list_is_all_that_is_dialled() {
    let (port, taken) = serve([127, 0, 0, 1], 0, |_| Then::Say(OK)).await;
    let asked = async |addresses: &[&str]| {
        let endpoint = endpoint(&format!("http://listed:{port}"), addresses);
        let client = Client::looking_up(endpoint, &Limits::default(), Names::new(&[GOOD])).unwrap();
        ask(&client).await.map(|reply| reply.status).map_err(|error| error.reason)
    };
    assert_eq!(asked(&["10.0.0.0/8", "127.0.0.1"]).await, Ok(200));
    assert_eq!(asked(&["10.0.0.0/8", "127.0.0.2"]).await, Err(Reason::Refused));
    assert_eq!(taken.questions(), [1]);
}

#[tokio::test]
async fn a_bad_address_in_the_url_is_refused_at_the_start_however_it_is_written() {
    for host in [
        "169.254.169.254",
        "0.0.0.0",
        "0",
        "2852039166",
        "0xa9fea9fe",
        "0251.0376.0251.0376",
        "[::]",
        "[fe80::1]",
        "[fd00:ec2::254]",
        "[::ffff:169.254.169.254]",
        "[::ffff:a9fe:a9fe]",
        "255.255.255.255",
        "100.100.100.200",
    ] {
        let fault = Client::new(endpoint(&format!("http://{host}:80"), &[]), &Limits::default()).unwrap_err();
        assert!(matches!(fault, EndpointFault::Address(_)), "{host}: {fault}");
    }
    let opened = endpoint("http://169.254.10.1:80", &["169.254.10.1"]);
    assert!(Client::new(opened, &Limits::default()).is_ok());
    let unlisted = endpoint("http://127.0.0.1:80", &["10.0.0.0/8"]);
    assert!(Client::new(unlisted, &Limits::default()).is_err());
}

#[tokio::test]
async fn a_name_is_looked_up_once_in_a_while() {
    let (port, _) = serve([127, 0, 0, 1], 0, |_| Then::Say(OK)).await;
    let names = Names::new(&[GOOD]);
    let client = client("steady", port, &Limits::default(), &names);
    for _ in 0..5 {
        assert!(ask(&client).await.is_ok());
    }
    assert_eq!(names.asked(), 1);
    let age = Limits::default().source_name_age;
    assert!(age <= Duration::from_secs(60), "changes are picked up within a minute");
}

#[tokio::test]
async fn a_name_that_leads_elsewhere_takes_its_calls_there_and_not_over_older_connections() {
    let (port, old) = serve([127, 0, 0, 1], 0, |_| Then::Say(OK)).await;
    let (_, new) = serve([127, 0, 0, 2], port, |_| Then::Say(OK)).await;
    let names = Names::new(&[GOOD, GOOD, Some(Ok(&["127.0.0.2"]))]);
    let client = client("moved", port, &at_once(), &names);
    for _ in 0..4 {
        assert!(ask(&client).await.is_ok());
    }
    assert_eq!((old.questions(), new.questions()), (vec![2], vec![2]));
}

#[tokio::test]
async fn while_names_cannot_be_looked_up_those_that_were_go_on_without_waiting() {
    let (port, taken) = serve([127, 0, 0, 1], 0, |_| Then::Say(OK)).await;
    for dead in [Some(Err(())), None, Some(Ok(&[][..]))] {
        let names = Names::new(&[GOOD, dead]);
        let client = client("kept", port, &at_once(), &names);
        for _ in 0..3 {
            // A lookup that is waited for to its end would take longer than the deadline.
            assert!(ask(&client).await.is_ok());
        }
        assert_eq!(names.asked(), 3);
    }
    assert_eq!(taken.questions(), [3, 3, 3]);
    let names = Names::new(&[GOOD, Some(Err(()))]);
    let limits = Limits { source_name_kept: Duration::ZERO, ..at_once() };
    let client = client("too-old", port, &limits, &names);
    assert!(ask(&client).await.is_ok());
    assert_eq!(ask(&client).await.unwrap_err().reason, Reason::Down);
}

#[tokio::test]
async fn a_name_that_was_never_known_is_down_or_late_by_the_deadline() {
    let limits = Limits { retry_reserve: 0, retry_share_percent: 0, ..Limits::default() };
    let dead = ask(&client("dead", 9090, &limits, &Names::new(&[Some(Err(()))]))).await.unwrap_err();
    assert_eq!(dead.reason, Reason::Down);
    let silent = ask_within(&client("silent", 9090, &limits, &Names::new(&[None])), 200).await.unwrap_err();
    assert_eq!(silent.reason, Reason::Timeout);
}

#[tokio::test]
async fn a_call_that_was_given_up_leaves_no_connection_to_others() {
    let (port, taken) =
        serve([127, 0, 0, 1], 0, |number| if number == 1 { Then::Silence } else { Then::Say(OK) }).await;
    let client = client("given-up", port, &Limits::default(), &Names::new(&[GOOD]));
    assert!(ask(&client).await.is_ok());
    let asked = async {
        while taken.questions() != [2] {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        answer = ask(&client) => panic!("{answer:?}"),
        () = asked => {}
    }
    for _ in 0..2 {
        assert!(ask(&client).await.is_ok());
    }
    assert_eq!(taken.questions(), [2, 2], "the one of the call that was given up is not used again");
}

#[tokio::test]
async fn a_server_that_hangs_up_on_a_third_gets_a_tenth_more_calls_and_no_more() {
    let (port, taken) =
        serve([127, 0, 0, 1], 0, |number| if number % 3 == 2 { Then::HangUp } else { Then::Say(OK) }).await;
    let limits = Limits { retry_reserve: 5, retry_share_percent: 10, ..Limits::default() };
    let client = client("flaky", port, &limits, &Names::new(&[GOOD]));
    let mut answered = 0;
    for _ in 0..60 {
        answered += usize::from(ask(&client).await.is_ok());
    }
    let asked: usize = taken.questions().iter().sum();
    let retries = asked - 60;
    assert!((10..=11).contains(&retries), "the reserve of five, and a tenth of sixty: {retries}");
    assert_eq!(answered, 60 - (asked / 3 - retries), "each second try was answered");
}

/// Makes a listener with a full backlog: the system drops further connections.
fn full() -> (socket2::Socket, Vec<std::net::TcpStream>, u16) {
    let listener = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    listener.bind(&std::net::SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap().as_socket().unwrap();
    let short = Duration::from_millis(100);
    let connect = || std::net::TcpStream::connect_timeout(&address, short).ok();
    let waiting = std::iter::from_fn(connect).collect();
    (listener, waiting, address.port())
}

#[tokio::test]
async fn a_server_that_takes_no_connection_is_down_after_the_time_for_connecting() {
    let (_listener, _waiting, port) = full();
    let limits = Limits { source_connect: Duration::from_millis(300), ..Limits::default() };
    let begin = Instant::now();
    let error = ask(&client("full", port, &limits, &Names::new(&[GOOD]))).await.unwrap_err();
    // Only the connection timeout gives this reason; the deadline gives another.
    assert_eq!(error.reason, Reason::Down, "{error}");
    assert!(begin.elapsed() >= limits.source_connect);
}
