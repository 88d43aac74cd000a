use crate::support::server::{Ask, run, unique};
use longwave_client::UserId;
use serde_json::json;

const REGISTER: &str = "/api/v1/auth/register";
const LOGIN: &str = "/api/v1/auth/login";
const ME: &str = "/api/v1/user/me";

#[test]
fn TestAuth_Register() {
    run(async |server| {
        let username = unique("user");
        let body = json!({ "username": username, "password": "123456", "nickname": "Nick" });
        let profile = server.ask(Ask::post(REGISTER).json(&body)).await.data();
        assert_eq!(profile["nickname"], "Nick");
        let generated = profile["user_id"].as_str().unwrap();
        assert!(generated.starts_with("nx__") && UserId::parse(generated).is_some());

        server.ask(Ask::post(REGISTER).json(&body)).await.refuses(409, 10202, "exists");

        for id in ["nx__mine", ""] {
            let chosen = json!({ "user_id": id, "username": unique("user"), "password": "123456" });
            let given = server.ask(Ask::post(REGISTER).json(&chosen)).await.data();
            assert_ne!(given["user_id"], id, "an id is never the client's choice");
            assert_ne!(given["user_id"], profile["user_id"]);
        }

        let nameless = json!({ "password": "123456" });
        server.ask(Ask::post(REGISTER).json(&nameless)).await.refuses(400, 10001, "username");
    });
}

#[test]
fn TestAuth_Login() {
    run(async |server| {
        let username = unique("user");
        let profile = server.client().register(&username, "123456", "").await.unwrap();
        let login = async |username: &str, password: &str, platform: i64| {
            let body =
                json!({ "username": username, "password": password, "platform_id": platform });
            server.ask(Ask::post(LOGIN).json(&body)).await
        };
        let web = login(&username, "123456", 5).await.data();
        assert_eq!(web["user_id"], json!(profile.user_id));
        assert!(web["expires_at"].as_i64().unwrap() > profile.created_at);
        let ios = login(&username, "123456", 1).await.data();
        assert_ne!(web["token"], ios["token"], "a token is of one platform");
        for token in [&web["token"], &ios["token"]] {
            server.ask(Ask::get(ME).token(token.as_str().unwrap())).await.data();
        }
        let wrong_password = login(&username, "654321", 5).await;
        wrong_password.refuses(401, 10105, "login failed");
        let unknown_user = login(&unique("nobody"), "123456", 5).await;
        unknown_user.refuses(401, 10105, "login failed");
        assert_eq!(wrong_password.body, unknown_user.body, "nobody learns which names there are");
    });
}

#[test]
fn TestAuth_TokenValidation() {
    run(async |server| {
        let alice = server.user().await;
        let me = server.ask(Ask::get(ME).token(alice.token())).await.data();
        assert_eq!(me["user_id"], json!(alice.user_id()));
        server.ask(Ask::get(ME)).await.refuses(401, 10103, "missing");
        for bad in ["bad", "a.b.c", &alice.token()[1..]] {
            server.ask(Ask::get(ME).token(bad)).await.refuses(401, 10101, "invalid");
        }
    });
}
