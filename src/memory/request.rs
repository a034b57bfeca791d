//! The memory of one request: what its admission reserved, and what the responses of its sources take.

use super::{Exhausted, MemoryBudget, MemoryPermit};
use parking_lot::Mutex;
use std::sync::Arc;
use tokio::sync::{Notify, SemaphorePermit};

/// The steps in which the permit of a request grows.
const STEP: u64 = 64 * 1024;

/// The permit of one request, shared by its calls. Clones share it.
#[derive(Debug, Clone)]
pub struct RequestMemory(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    budget: MemoryBudget,
    account: Mutex<Account>,
    /// Notified once an allocation of the request did not fit; see [`Account::exhausted`].
    exhausted: Notify,
}

#[derive(Debug)]
struct Account {
    permit: MemoryPermit,
    /// Reserved for what follows the calls; never used by them.
    set_aside: u64,
    /// Bytes that charges have.
    used: u64,
    /// Reserved for the calls, whether they use it or not.
    expected: u64,
    /// Bytes of `used` that the results of ended calls take.
    fetched: u64,
    /// An allocation did not fit.
    exhausted: bool,
    /// Bytes of response bodies that the request may still receive.
    receivable: u64,
}

impl Account {
    fn charge(&mut self, bytes: u64) -> Result<(), Exhausted> {
        let used = self.used.checked_add(bytes).ok_or(Exhausted)?;
        let needed = self.set_aside.saturating_add(used.max(self.expected));
        if needed > self.permit.bytes() {
            let rounded = needed.next_multiple_of(STEP);
            self.permit.try_resize(rounded).or_else(|_| self.permit.try_resize(needed))?;
        }
        self.used = used;
        Ok(())
    }

    fn release(&mut self, bytes: u64) {
        self.used -= bytes;
        let needed = self.set_aside + self.used.max(self.expected);
        self.permit.shrink_to(needed.next_multiple_of(STEP));
    }
}

impl RequestMemory {
    /// Returns the memory of a request with `permit`, of which calls are expected to use `expected` bytes, and whose response bodies have at
    /// most `receivable` bytes together.
    pub fn new(budget: MemoryBudget, permit: MemoryPermit, expected: u64, receivable: u64) -> Self {
        let set_aside = permit.bytes().saturating_sub(expected);
        let account = Account { permit, set_aside, used: 0, expected, fetched: 0, exhausted: false, receivable };
        Self(Arc::new(Shared { budget, account: Mutex::new(account), exhausted: Notify::new() }))
    }

    /// Returns a charge of `bytes`, or fails where the budget has not as many.
    pub fn charge(&self, bytes: u64) -> Result<Charge, Exhausted> {
        let mut charge = Charge { memory: Some(self.clone()), bytes: 0 };
        charge.grow(bytes)?;
        Ok(charge)
    }

    /// Ends once an allocation of the request did not fit into the budget: the request has to be given up.
    pub async fn exhausted(&self) {
        self.0.exhausted.notified().await;
    }

    /// Returns the memory of a request that no budget limits, as on the command line.
    pub fn unlimited() -> Self {
        let budget = MemoryBudget::new(u64::MAX, usize::MAX);
        let permit = MemoryPermit { budget: budget.clone(), bytes: 0 };
        Self::new(budget, permit, 0, u64::MAX)
    }

    /// Reports whether an allocation of the request did not fit.
    pub fn is_exhausted(&self) -> bool {
        self.0.account.lock().exhausted
    }

    /// Gives back what the calls and their results took, as all of it is dropped now.
    pub fn end_calls(&self) {
        let mut account = self.0.account.lock();
        account.expected = 0;
        let fetched = std::mem::take(&mut account.fetched);
        account.release(fetched);
    }

    /// Changes what the request holds beside its charges to `bytes`, which exist already: where the budget has fewer, it holds those.
    pub fn settle(&self, bytes: u64) {
        let mut account = self.0.account.lock();
        account.expected = 0;
        account.set_aside = bytes;
        let needed = bytes + account.used;
        // Only where an estimate was too low; the next request then waits for these bytes.
        let _ = account.permit.try_resize(needed);
    }

    /// Returns the bytes that it holds of the budget.
    pub fn bytes(&self) -> u64 {
        self.0.account.lock().permit.bytes()
    }
}

/// Bytes of a request, free again when it is dropped.
#[derive(Debug, Default)]
pub struct Charge {
    /// `None` where the budget is not limited.
    memory: Option<RequestMemory>,
    bytes: u64,
}

impl Charge {
    /// Returns its size.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Adds `bytes`, or fails at once where the budget has not as many; then the whole request is given up.
    pub fn grow(&mut self, bytes: u64) -> Result<(), Exhausted> {
        if let Some(memory) = &self.memory {
            let mut account = memory.0.account.lock();
            if let Err(exhausted) = account.charge(bytes) {
                account.exhausted = true;
                memory.0.exhausted.notify_one();
                return Err(exhausted);
            }
        }
        self.bytes += bytes;
        Ok(())
    }

    /// Gives back what it has above `bytes`.
    pub fn shrink_to(&mut self, bytes: u64) {
        let more = self.bytes.saturating_sub(bytes);
        self.bytes -= more;
        if let Some(memory) = self.memory.as_ref().filter(|_| more > 0) {
            memory.0.account.lock().release(more);
        }
    }

    /// Takes over the bytes of `other`, of the same request.
    fn merge(&mut self, mut other: Self) {
        if self.memory.is_none() {
            self.memory = other.memory.clone();
        }
        self.bytes += std::mem::take(&mut other.bytes);
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.shrink_to(0);
    }
}

/// The memory of one call to a source, until its result is there.
#[derive(Debug)]
pub struct CallMemory {
    /// `None` where the budget is not limited, as on the command line.
    request: Option<RequestMemory>,
    /// What was parsed so far.
    parsed: Mutex<Charge>,
}

impl CallMemory {
    /// Returns memory that no budget limits.
    pub const fn unlimited() -> Self {
        Self { request: None, parsed: Mutex::new(Charge { memory: None, bytes: 0 }) }
    }

    /// Returns the memory of a call of `request`.
    pub fn of(request: &RequestMemory) -> Self {
        Self { request: Some(request.clone()), ..Self::unlimited() }
    }

    /// Returns an empty charge, to grow.
    pub fn charge(&self) -> Charge {
        Charge { memory: self.request.clone(), bytes: 0 }
    }

    /// Counts `bytes` of a response body; false where the request may not receive as many.
    pub fn receive(&self, bytes: usize) -> bool {
        let Some(request) = &self.request else { return true };
        let mut account = request.0.account.lock();
        match account.receivable.checked_sub(bytes as u64) {
            Some(rest) => {
                account.receivable = rest;
                true
            }
            None => false,
        }
    }

    /// Ends the call, whose result takes `bytes` until [`RequestMemory::end_calls`]. Fails where the budget has not as many.
    pub fn finish(self, bytes: u64) -> Result<(), Exhausted> {
        let Self { request, parsed } = self;
        let Some(request) = request else { return Ok(()) };
        let mut charge = parsed.into_inner();
        charge.memory = Some(request.clone());
        charge.grow(bytes.saturating_sub(charge.bytes))?;
        charge.shrink_to(bytes);
        charge.bytes = 0;
        request.0.account.lock().fetched += bytes;
        Ok(())
    }

    /// Waits for the right to parse a response: one a core at once, so that many responses together take neither the memory of all nor the
    /// processors from other work. `None` where no budget limits the call.
    pub async fn parse_slot(&self) -> Option<SemaphorePermit<'_>> {
        // The semaphore is never closed.
        self.request.as_ref()?.0.budget.0.parse_slots.acquire().await.ok()
    }

    /// Keeps `charge` until the call has its result.
    pub fn keep(&self, charge: Charge) {
        self.parsed.lock().merge(charge);
    }

    /// Returns a permit of the process for `bytes` that outlive the request, as in a cache; `None` where no budget limits the call.
    pub fn outliving(&self, bytes: u64) -> Result<Option<MemoryPermit>, Exhausted> {
        self.request.as_ref().map(|request| request.0.budget.try_reserve(bytes)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    const KIB: u64 = 1024;

    fn request(budget: &MemoryBudget, expected: u64, set_aside: u64) -> RequestMemory {
        let permit = budget.try_reserve(expected + set_aside).unwrap();
        RequestMemory::new(budget.clone(), permit, expected, 100)
    }

    #[test]
    fn calls_use_what_is_expected_first_and_then_grow_the_permit_in_steps() {
        let budget = MemoryBudget::new(1024 * KIB, 1);
        let memory = request(&budget, 100 * KIB, 28 * KIB);
        let first = memory.charge(100 * KIB).unwrap();
        assert_eq!(budget.used(), 128 * KIB);
        let second = memory.charge(1).unwrap();
        assert_eq!(budget.used(), 192 * KIB);
        drop((first, second));
        memory.end_calls();
        assert_eq!(budget.used(), 64 * KIB, "what is set aside, in whole steps");
        drop(memory);
        assert_eq!(budget.used(), 0);
    }

    #[tokio::test]
    async fn a_request_whose_call_finds_the_budget_exhausted_is_given_up() {
        let budget = MemoryBudget::new(200 * KIB, 1);
        let memory = request(&budget, 0, 100 * KIB);
        let mut charge = CallMemory::of(&memory).charge();
        assert_eq!(charge.grow(100 * KIB), Ok(()), "to the last byte");
        assert!(memory.exhausted().now_or_never().is_none());
        assert_eq!(charge.grow(1), Err(Exhausted));
        assert!(memory.exhausted().now_or_never().is_some());
    }

    #[test]
    fn what_a_call_parsed_is_free_again_when_the_call_ends() {
        let budget = MemoryBudget::new(1024 * KIB, 1);
        let memory = request(&budget, 0, 0);
        let call = CallMemory::of(&memory);
        for _ in 0..3 {
            let mut charge = call.charge();
            charge.grow(64 * KIB).unwrap();
            call.keep(charge);
        }
        assert_eq!(budget.used(), 192 * KIB);
        let outliving = call.outliving(KIB).unwrap();
        drop((call, memory));
        assert_eq!(budget.used(), KIB);
        drop(outliving);
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn calls_of_a_request_share_what_it_may_receive_and_those_of_others_do_not() {
        let budget = MemoryBudget::new(KIB, 1);
        let (one, other) = (request(&budget, 0, 0), request(&budget, 0, 0));
        let calls = [CallMemory::of(&one), CallMemory::of(&one)];
        assert!(calls[0].receive(40) && !calls[1].receive(61) && calls[1].receive(60) && !calls[0].receive(1));
        assert!(CallMemory::of(&other).receive(100));
        assert!(CallMemory::unlimited().receive(usize::MAX));
    }

    #[test]
    fn a_request_holds_in_the_end_what_its_result_takes() {
        let budget = MemoryBudget::new(100 * KIB, 1);
        let memory = request(&budget, 0, 10 * KIB);
        memory.settle(3 * KIB);
        assert_eq!(budget.used(), 3 * KIB);
        memory.settle(101 * KIB);
        assert_eq!(budget.used(), 3 * KIB, "more than there is cannot be held");
    }
}
