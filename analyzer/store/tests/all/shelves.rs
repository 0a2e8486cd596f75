//! Templates and schedules.

use assay_store::catalog::Schedule;
use assay_store::error::StoreError;

use crate::backends::on_each;
use crate::words::at;

#[tokio::test]
async fn a_template_has_a_version_for_each_text() {
    on_each(async |store| {
        let put = async |tenant: &str, name: &str, text: &str, seconds| {
            let (tenant, name) = (tenant.to_owned(), name.to_owned());
            store.put_template(tenant, name, text.to_owned(), at(seconds)).await.expect("kept")
        };
        let first = put("shop", "rate", "one", 0).await;
        assert_eq!((first.version, first.at), (1, at(0)));
        assert_eq!(put("shop", "rate", "one", 1).await, first);
        let second = put("shop", "rate", "two", 2).await;
        assert_eq!(second.version, 2);
        let third = put("shop", "rate", "one", 3).await;
        assert_eq!((third.version, third.hash), (3, first.hash));
        let other = put("shop", "age", "one", 4).await;
        assert_eq!(put("bank", "rate", "one", 5).await.version, 1);
        let get = async |version| {
            let (tenant, name) = (String::from("shop"), String::from("rate"));
            store.template(tenant, name, version).await.expect("an answer")
        };
        assert_eq!(get(None).await.as_ref(), Some(&third));
        assert_eq!(get(Some(2)).await, Some(second));
        assert_eq!(get(Some(4)).await, None);
        let all = store.templates(String::from("shop")).await.expect("templates");
        assert_eq!(all, [other, third]);
        let text = store.text(first.hash).await.expect("an answer");
        assert_eq!(text.as_deref(), Some("one"));
    })
    .await;
}

#[tokio::test]
async fn a_schedule_remembers_when_it_fired() {
    on_each(async |store| {
        let name = |name: &str| (String::from("shop"), name.to_owned());
        let put = async |it: &str, document: &str| {
            let (tenant, name) = name(it);
            store.put_schedule(tenant, name, document.to_owned()).await.expect("kept");
        };
        let fired = async |it: &str, seconds| {
            let (tenant, name) = name(it);
            store.fired(tenant, name, at(seconds)).await
        };
        put("nightly", "0 3 * * *").await;
        put("hourly", "0 * * * *").await;
        fired("nightly", 10).await.expect("kept");
        fired("nightly", 5).await.expect("an older time changes nothing");
        put("nightly", "0 4 * * *").await;
        let unknown = fired("weekly", 0).await;
        assert!(matches!(unknown, Err(StoreError::Unknown { .. })), "{unknown:?}");
        let schedule = |it: &str, document: &str, fired_at| {
            let (tenant, name) = name(it);
            Schedule { tenant, name, document: document.to_owned(), fired_at }
        };
        let all = store.schedules().await.expect("schedules");
        let expected =
            [schedule("hourly", "0 * * * *", None), schedule("nightly", "0 4 * * *", Some(at(10)))];
        assert_eq!(all, expected);
        let (tenant, gone) = name("hourly");
        assert!(store.remove_schedule(tenant.clone(), gone.clone()).await.expect("removed"));
        assert!(!store.remove_schedule(tenant, gone).await.expect("nothing to remove"));
        assert_eq!(store.schedules().await.expect("schedules").len(), 1);
        store.probe().await.expect("it works");
    })
    .await;
}
