//! Transactions: everything that a sweep writes, under its fence; and what others write together, under conditions of its own.

use crate::action::{ACTIONS_MAX, Action, Unit, batches, fence_check, unbuilt};
use crate::error::{Trouble, trouble};
use crate::table::{Table, patiently};
use access_core::ports::{Fence, StoreError};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{CancellationReason, TransactWriteItem};
use std::collections::BTreeSet;

const CALL: &str = "TransactWriteItems";

/// What became of one transaction.
enum Outcome {
    /// Everything was written.
    Written,
    /// Nothing was written: the units at these places were written before.
    Known(BTreeSet<usize>),
}

impl Table {
    /// Writes units under a fence, in order, in as few transactions as hold them; answers how many were written, that is,
    /// were not written before.
    ///
    /// A crash in between leaves the first transactions written and the others not; a repeat writes the rest.
    pub(crate) async fn fenced(&self, fence: Fence, units: Vec<Unit>) -> Result<usize, StoreError> {
        if units.is_empty() {
            return Ok(0);
        }
        let _turn = self.turn.lock().await;
        let mut written = 0;
        for mut batch in batches(units) {
            while !batch.is_empty() {
                match patiently(|| self.transact(fence, &batch)).await? {
                    Outcome::Written => {
                        written += batch.len();
                        break;
                    }
                    Outcome::Known(places) => {
                        let mut place = 0..;
                        batch
                            .retain(|_| !place.next().is_some_and(|place| places.contains(&place)));
                    }
                }
            }
        }
        Ok(written)
    }

    /// Writes actions together or not at all, under no fence; `false` when a condition of one of them does not hold. No two
    /// of them may be about one item.
    pub(crate) async fn together(&self, actions: &[Action]) -> Result<bool, StoreError> {
        assert!(
            actions.len() <= ACTIONS_MAX,
            "callers write a few items at a time"
        );
        let items: Vec<_> = actions
            .iter()
            .map(|action| action.in_request(&self.name))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| unbuilt(&error))?;
        let written = patiently(|| async {
            let Some(reasons) = self.send(items.clone()).await? else {
                return Ok(true);
            };
            let codes = codes(&reasons);
            if codes.contains(&UNMET) {
                return Ok(false);
            }
            Err(passing(&codes))
        });
        let written = written.await?;
        if written {
            self.count(actions.len());
        }
        Ok(written)
    }

    async fn transact(&self, fence: Fence, batch: &[Unit]) -> Result<Outcome, Trouble> {
        let actions: Vec<_> = batch.iter().flat_map(|unit| &unit.actions).collect();
        assert!(
            actions.len() <= ACTIONS_MAX,
            "units are small and batches count them"
        );
        let check = fence_check(fence, &self.name).map_err(|error| unbuilt(&error))?;
        let mut items = vec![check];
        for action in &actions {
            let item = action.in_request(&self.name);
            items.push(item.map_err(|error| unbuilt(&error))?);
        }
        match self.send(items).await? {
            None => {
                self.count(actions.len());
                Ok(Outcome::Written)
            }
            Some(reasons) => why(&reasons, batch),
        }
    }

    /// Sends a transaction; why it was cancelled, if it was.
    async fn send(
        &self,
        items: Vec<TransactWriteItem>,
    ) -> Result<Option<Vec<CancellationReason>>, Trouble> {
        let call = self
            .client
            .transact_write_items()
            .set_transact_items(Some(items));
        match call.send().await {
            Ok(_) => Ok(None),
            Err(SdkError::ServiceError(context)) => match context.err() {
                TransactWriteItemsError::TransactionCanceledException(cancelled) => {
                    Ok(Some(cancelled.cancellation_reasons().to_vec()))
                }
                _ => Err(trouble(CALL, &SdkError::ServiceError(context))),
            },
            Err(error) => Err(trouble(CALL, &error)),
        }
    }
}

/// The code of a condition that does not hold.
const UNMET: &str = "ConditionalCheckFailed";

/// One code for each action.
fn codes(reasons: &[CancellationReason]) -> Vec<&str> {
    let codes = reasons.iter().map(|reason| reason.code());
    codes.map(|code| code.unwrap_or("None")).collect()
}

/// Why a transaction was cancelled: one reason for each action, the lease check first.
fn why(reasons: &[CancellationReason], batch: &[Unit]) -> Result<Outcome, Trouble> {
    let codes = codes(reasons);
    let failed = |place: usize| codes.get(place) == Some(&UNMET);
    if failed(0) {
        return Err(Trouble::Final(StoreError::Overtaken));
    }
    let mut known = BTreeSet::new();
    let mut first = 1;
    for (place, unit) in batch.iter().enumerate() {
        if unit.once && failed(first) {
            known.insert(place);
        } else if (first..first + unit.actions.len()).any(failed) {
            return Err(Trouble::Final(StoreError::Conflict(
                "an item is gone, or there, that should not be".to_owned(),
            )));
        }
        first += unit.actions.len();
    }
    if !known.is_empty() {
        return Ok(Outcome::Known(known));
    }
    Err(passing(&codes))
}

/// What cancelled a transaction whose conditions hold.
fn passing(codes: &[&str]) -> Trouble {
    // Codes: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
    let passing = |code: &&str| {
        matches!(
            *code,
            "TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded"
        )
    };
    match codes.iter().find(|code| **code != "None") {
        Some(_) if codes.iter().all(|code| *code == "None" || passing(code)) => {
            Trouble::Collision(CALL)
        }
        code => Trouble::Final(StoreError::Unavailable(format!(
            "{CALL}: cancelled, {}",
            code.unwrap_or(&"for no given reason")
        ))),
    }
}
