//! Fenced transactions: everything that a sweep writes.

use crate::action::{ACTIONS_MAX, Unit, batches, fence_check, unbuilt};
use crate::error::{Trouble, trouble};
use crate::table::{Table, patiently};
use access_core::ports::{Fence, StoreError};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::CancellationReason;
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

    async fn transact(&self, fence: Fence, batch: &[Unit]) -> Result<Outcome, Trouble> {
        let actions: Vec<_> = batch.iter().flat_map(|unit| &unit.actions).collect();
        assert!(
            actions.len() <= ACTIONS_MAX,
            "units are small and batches count them"
        );
        let mut call = self
            .client
            .transact_write_items()
            .transact_items(fence_check(fence, &self.name).map_err(|error| unbuilt(&error))?);
        for action in &actions {
            call = call.transact_items(
                action
                    .in_request(&self.name)
                    .map_err(|error| unbuilt(&error))?,
            );
        }
        match call.send().await {
            Ok(_) => {
                self.count(actions.len());
                Ok(Outcome::Written)
            }
            Err(SdkError::ServiceError(context)) => match context.err() {
                TransactWriteItemsError::TransactionCanceledException(cancelled) => {
                    why(cancelled.cancellation_reasons(), batch)
                }
                _ => Err(trouble(CALL, &SdkError::ServiceError(context))),
            },
            Err(error) => Err(trouble(CALL, &error)),
        }
    }
}

/// Why a transaction was cancelled: one reason for each action, the lease check first.
fn why(reasons: &[CancellationReason], batch: &[Unit]) -> Result<Outcome, Trouble> {
    let codes: Vec<_> = reasons
        .iter()
        .map(|reason| reason.code().unwrap_or("None"))
        .collect();
    let failed = |place: usize| codes.get(place) == Some(&"ConditionalCheckFailed");
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
    // Codes: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
    let passing = |code: &&str| {
        matches!(
            *code,
            "TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded"
        )
    };
    match codes.iter().find(|code| **code != "None") {
        Some(_) if codes.iter().all(|code| *code == "None" || passing(code)) => {
            Err(Trouble::Collision(CALL))
        }
        code => Err(Trouble::Final(StoreError::Unavailable(format!(
            "{CALL}: cancelled, {}",
            code.unwrap_or(&"for no given reason")
        )))),
    }
}
