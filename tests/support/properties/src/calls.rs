use crate::NOW;
use longwave_core::Code;
use longwave_core::internal::{Services, SignedCall, on_behalf};

const SECRETS: [&str; 2] =
    ["an old secret of the internal channel", "a new secret of the internal channel"];
const SKEW: i64 = 300_000;

/// Number of the text parts of a call, in the order of the signed lines.
const TEXTS: usize = 8;

/// The bytes are the lines of a call (service, time, nonce, method, path, query, user, platform),
/// then a signature, then the body. No line can contain another: neither a header nor a URL carries
/// a line break.
///
/// Such a call passes only if it follows the rules and is signed. A signature is valid for this
/// call only, and not if a part is longer, shorter or shifted into its neighbour.
pub fn signed_calls(bytes: &[u8]) {
    let services = Services::new("app, billing", &SECRETS.join(","), SKEW).unwrap().unwrap();
    let mut lines = bytes.splitn(TEXTS + 2, |byte| *byte == b'\n');
    let mut line = || String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
    let texts: [String; TEXTS] = std::array::from_fn(|_| line());
    let signature = line();
    let body = lines.next().unwrap_or_default();

    let keeps_the_rules = keeps_the_rules(&texts);
    let valid = SECRETS.map(|secret| call(&texts, body, "").sign(secret));
    let verify = |texts: &[String; TEXTS], body: &[u8], signature: &str| {
        services.verify(&call(texts, body, signature), NOW)
    };
    match verify(&texts, body, &signature) {
        Ok(_) => assert!(valid.iter().any(|valid| valid.eq_ignore_ascii_case(&signature))),
        Err(error) => assert_eq!(error.code(), Code::Unauthorized),
    }
    for signature in &valid {
        let verified = verify(&texts, body, signature);
        assert_eq!(verified.is_ok(), keeps_the_rules, "{texts:?}: {verified:?}");
        if let Ok(last) = verified {
            let at = |now| services.verify(&call(&texts, body, signature), now).is_ok();
            assert!((NOW..=NOW + 2 * SKEW).contains(&last) && at(last) && !at(last + 1), "{last}");
        }
        assert!(verify(&texts, body, &signature[..signature.len() - 2]).is_err());
        assert!(verify(&texts, &[body, b" "].concat(), signature).is_err());
        for part in 0..TEXTS {
            let mut longer = texts.clone();
            longer[part].push('0');
            assert!(verify(&longer, body, signature).is_err(), "{longer:?}");
            let mut moved = texts.clone();
            if let Some(last) = moved[part].pop() {
                assert!(verify(&moved, body, signature).is_err(), "{moved:?}");
                moved[(part + 1) % TEXTS].insert(0, last);
                let same = moved == texts;
                assert!(same || verify(&moved, body, signature).is_err(), "{moved:?}");
            }
        }
    }

    if let Ok(user_id) = on_behalf(Some(&texts[6])) {
        assert!(user_id.as_str() == texts[6] && !user_id.is_native());
    }
}

fn call<'a>(texts: &'a [String; TEXTS], body: &'a [u8], signature: &'a str) -> SignedCall<'a> {
    let [service, timestamp, nonce, method, path, query, user_id, platform_id] = texts;
    SignedCall {
        service,
        timestamp,
        nonce,
        method,
        path,
        query,
        user_id,
        platform_id,
        body,
        signature,
    }
}

fn keeps_the_rules([service, timestamp, nonce, ..]: &[String; TEXTS]) -> bool {
    let seconds = timestamp.parse::<i128>().is_ok_and(|seconds| {
        i64::try_from(seconds).is_ok() && (seconds * 1000 - i128::from(NOW)).abs() <= SKEW.into()
    });
    ["app", "billing"].contains(&service.as_str()) && seconds && (16..=128).contains(&nonce.len())
}
