use crate::refuses;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use longwave_core::address::Address;
use longwave_core::group::{MEMBERS_MAX, MembersPage, MembersQuery};
use longwave_core::message::{
    LATEST_CONVERSATIONS_MAX, LATEST_MAX, Latest, LatestQuery, Messages, MessagesQuery, PULL_MAX,
    Pull, PullQuery, PullRange, SEQS_MAX,
};
use longwave_core::throttle::Quota;
use longwave_core::user::UserIdsQuery;
use longwave_core::{Code, Error, Result};
use longwave_edge::auth::bearer;
use longwave_edge::call::{parameter, request_id};

/// A parameter is the decoded value in the query; a repeated parameter is refused, and so is a
/// value out of its limits.
pub fn queries(bytes: &[u8]) {
    let Ok(query) = std::str::from_utf8(bytes) else { return };
    let pairs: Vec<_> = query.split('&').filter(|pair| !pair.is_empty()).map(decoded).collect();
    for name in pairs.iter().map(|(name, _)| name.as_str()).chain(["", "limit"]) {
        let mut values = pairs.iter().filter(|(other, _)| other == name).map(|(_, value)| value);
        let expected = match (values.next(), values.next()) {
            (value, None) => Ok(value.cloned()),
            _ => Err(format!("{name} is given more than once")),
        };
        let given = parameter(query, name).map_err(|error| {
            assert_eq!(error.code(), Code::InvalidParam);
            error.message().to_owned()
        });
        assert_eq!(given, expected, "{query:?}");
    }

    match pull(query) {
        Ok(Pull { range, limit, .. }) => {
            let is_valid = match range {
                PullRange::Seqs { begin, end, .. } => 1 <= begin && begin <= end,
                PullRange::Around(seq) => 1 <= seq,
                PullRange::At(_) => true,
            };
            assert!(is_valid && (1..=PULL_MAX).contains(&limit));
        }
        Err(error) => {
            let fields =
                ["conversation_id", "begin_seq", "end_seq", "order", "around", "at", "limit"];
            refuses(&error, &fields);
        }
    }
    match single(query) {
        Ok(Messages::Seqs { seqs, .. }) => {
            assert!((1..=SEQS_MAX).contains(&seqs.len()) && seqs.iter().all(|seq| *seq >= 1));
        }
        Ok(Messages::Id(_)) => {}
        Err(error) => refuses(&error, &["conversation_id", "seqs", "server_msg_id"]),
    }
    match latest(query) {
        Ok(Latest { conversation_ids: ids, limit }) => {
            assert!((1..=LATEST_CONVERSATIONS_MAX).contains(&ids.len()));
            assert!((1..=LATEST_MAX).contains(&limit));
        }
        Err(error) => refuses(&error, &["conversation_ids", "limit"]),
    }
    match members(query) {
        Ok(page) => {
            assert!(page.group_id.as_str().len() == 16 && (1..=MEMBERS_MAX).contains(&page.limit));
        }
        Err(error) if error.code() == Code::GroupNotFound => {}
        Err(error) => refuses(&error, &["group_id", "cursor", "limit"]),
    }
    match parameter(query, "user_ids").and_then(|user_ids| UserIdsQuery { user_ids }.validate()) {
        Ok(ids) => assert!((1..=100).contains(&ids.len()) && ids.is_sorted_by(|a, b| a < b)),
        Err(error) => refuses(&error, &["user_ids", "invalid user id: "]),
    }
}

fn pull(query: &str) -> Result<Pull> {
    PullQuery {
        conversation_id: parameter(query, "conversation_id")?,
        begin_seq: number(query, "begin_seq")?,
        end_seq: number(query, "end_seq")?,
        order: parameter(query, "order")?,
        around: number(query, "around")?,
        at: number(query, "at")?,
        limit: number(query, "limit")?,
    }
    .validate()
}

fn single(query: &str) -> Result<Messages> {
    MessagesQuery {
        conversation_id: parameter(query, "conversation_id")?,
        seqs: parameter(query, "seqs")?,
        server_msg_id: parameter(query, "server_msg_id")?,
    }
    .validate()
}

fn latest(query: &str) -> Result<Latest> {
    LatestQuery {
        conversation_ids: parameter(query, "conversation_ids")?,
        limit: number(query, "limit")?,
    }
    .validate()
}

fn members(query: &str) -> Result<MembersPage> {
    MembersQuery {
        group_id: parameter(query, "group_id")?,
        cursor: parameter(query, "cursor")?,
        limit: number(query, "limit")?,
    }
    .validate()
}

fn number(query: &str, name: &str) -> Result<Option<i64>> {
    let number = |text: String| text.parse().map_err(|_| Error::invalid(name.to_owned()));
    parameter(query, name)?.map(number).transpose()
}

/// A pair of a query by the rules of a form (WHATWG URL, `application/x-www-form-urlencoded`).
fn decoded(pair: &str) -> (String, String) {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    (text_of(name), text_of(value))
}

fn text_of(encoded: &str) -> String {
    let hex = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (mut rest, mut plain) = (encoded.as_bytes(), Vec::new());
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        plain.push(match (first, after) {
            (b'%', [high, low, after @ ..]) if hex(high).is_some() && hex(low).is_some() => {
                rest = after;
                hex(high).unwrap() << 4 | hex(low).unwrap()
            }
            (b'+', _) => b' ',
            (other, _) => *other,
        });
    }
    String::from_utf8_lossy(&plain).into_owned()
}

/// For any header: a token has no surrounding spaces, a request id fits a log and an answer, and
/// every notation of an address counts as one network.
pub fn headers(bytes: &[u8]) {
    if let Ok(value) = HeaderValue::from_bytes(bytes) {
        let map = HeaderMap::from_iter([(AUTHORIZATION, value.clone())]);
        match bearer(&map) {
            Ok(token) => {
                assert_eq!(token.trim(), token);
                assert!(value.to_str().unwrap().to_ascii_lowercase().starts_with("bearer "));
            }
            Err(error) => assert_eq!(error.code(), Code::TokenInvalid),
        }
        for name in ["x-operation-id", "traceparent"] {
            let mut map = HeaderMap::new();
            map.insert(name, value.clone());
            let id = request_id(&map);
            assert!((1..=128).contains(&id.len()), "{id:?}");
            assert!(id.bytes().all(|byte| byte.is_ascii_graphic()), "{id:?}");
        }
    }
    let Ok(address) = std::str::from_utf8(bytes) else { return };
    let counted = |header: &str| Quota::registration(&Address::last_of(header), 1).subject;
    let subject = counted(address);
    let network = subject.strip_prefix("register:").unwrap();
    assert!(network.len() <= 700 && !network.contains(['\n', '\r']), "{address:?}: {network}");
    assert_eq!(counted(&format!(" {address} ")), subject, "{address:?}");
    if !network.starts_with('"') {
        assert!(network.parse::<std::net::IpAddr>().is_ok(), "{address:?}: {network}");
        assert_eq!(counted(network), subject, "{address:?}");
        // The proxy appends its part after the client's, which cannot hide it.
        let forged = format!("\"10.0.0.1, 10.0.0.2, {address}");
        assert!(address.contains('"') || counted(&forged) == subject, "{address:?}");
    }
}
