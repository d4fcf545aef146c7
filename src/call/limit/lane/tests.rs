//! Lanes on a clock that the tests turn.

use std::sync::Arc;

use super::*;

fn lane(most: usize) -> Lane {
    Lane::new(most, Rates::default())
}

fn fine(lane: &Lane) {
    lane.answered();
}

fn window(lane: &Lane) -> f64 {
    lane.state().window
}

#[tokio::test(start_paused = true)]
async fn one_burst_of_complaints_cuts_once_and_the_way_back_is_slow() {
    let lane = lane(32);
    let mut passes = Vec::new();
    for _ in 0..8 {
        passes.push(lane.enter(0).await);
    }
    let mut cuts = Vec::new();
    for pass in &passes {
        cuts.extend(lane.refused(pass).cut_to);
        lane.pause(2.0);
    }
    assert_eq!((window(&lane), lane.state().threshold), (1.0, 16.0));
    assert_eq!(cuts, [16]);
    passes.clear();
    let began = Instant::now();
    let first = lane.enter(0).await;
    assert_eq!(
        began.elapsed(),
        Duration::from_secs(2),
        "nobody begins before"
    );
    for _ in 0..15 {
        fine(&lane);
    }
    assert!(
        (15.9..16.1).contains(&window(&lane)),
        "one more with each answer"
    );
    for _ in 0..16 {
        fine(&lane);
    }
    assert!(
        (16.9..17.1).contains(&window(&lane)),
        "then one more with each round"
    );
    assert!(
        lane.refused(&first).cut_to.is_some(),
        "a call that began after the cut"
    );
    for _ in 0..10_000 {
        fine(&lane);
    }
    assert!(
        (31.9..32.1).contains(&window(&lane)),
        "never more than was configured"
    );
}

#[tokio::test(start_paused = true)]
async fn after_a_pause_calls_do_not_begin_as_one() {
    let lane = Arc::new(lane(32));
    let pass = lane.enter(0).await;
    lane.refused(&pass);
    lane.pause(1.0);
    drop(pass);
    let begun = Arc::new(Mutex::new(0));
    for _ in 0..20 {
        let (lane, begun) = (Arc::clone(&lane), Arc::clone(&begun));
        tokio::spawn(async move {
            let pass = lane.enter(0).await;
            *begun.lock().unwrap() += 1;
            tokio::time::sleep(Duration::from_secs(1)).await;
            fine(&lane);
            drop(pass);
        });
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    for most in [0, 1, 3, 7, 15, 20] {
        assert_eq!(*begun.lock().unwrap(), most);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn requests_and_tokens_are_spread_over_the_minute() {
    let rates = Rates {
        rpm: Some(60),
        tpm: Some(6_000),
    };
    let lane = Lane::new(8, rates);
    let began = Instant::now();
    let mut passes = Vec::new();
    for (tokens, seconds) in [(10, 0), (500, 1), (10, 6)] {
        passes.push(lane.enter(tokens).await);
        assert_eq!(
            began.elapsed(),
            Duration::from_secs(seconds),
            "{tokens} tokens"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn headers_that_tell_of_an_empty_limit_are_waited_for() {
    let lane = lane(8);
    let pairs = [("limit", "10"), ("remaining", "0"), ("reset", "1s")];
    let pairs =
        pairs.map(|(what, value)| (format!("x-ratelimit-{what}-requests"), value.to_owned()));
    lane.told(&pairs.into_iter().collect(), SystemTime::UNIX_EPOCH);
    let began = Instant::now();
    let _pass = lane.enter(0).await;
    assert_eq!(began.elapsed(), Duration::from_secs(1));
    lane.told(&Headers::default(), SystemTime::UNIX_EPOCH);
    assert_eq!(lane.state().cut, None, "nobody complained");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_given_up_while_it_waits_leaves_its_place() {
    let lane = lane(1);
    let pass = lane.enter(0).await;
    let waiting = tokio::time::timeout(Duration::from_secs(1), lane.enter(0)).await;
    assert!(waiting.is_err());
    drop(pass);
    let _second = lane.enter(0).await;
    assert_eq!(lane.state().in_flight, 1);
}
