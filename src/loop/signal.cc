#include "loop/signal.h"

namespace favo {

void Waiter::cancel() {
  if (!signal_) return;
  (previous_ ? previous_->next_ : signal_->head_) = next_;
  if (next_) next_->previous_ = previous_;
  signal_ = nullptr;
  previous_ = next_ = nullptr;
}

Signal::~Signal() {
  while (head_) head_->cancel();
}

void Signal::add(Waiter& waiter) {
  waiter.signal_ = this;
  waiter.previous_ = nullptr;
  waiter.next_ = head_;
  if (head_) head_->previous_ = &waiter;
  head_ = &waiter;
}

void Signal::notify() {
  if (!head_) return;
  // A local signal takes over the list: a callback may register again, or cancel others.
  Signal woken;
  woken.head_ = std::exchange(head_, nullptr);
  for (Waiter* waiter = woken.head_; waiter; waiter = waiter->next_) waiter->signal_ = &woken;
  while (Waiter* waiter = woken.head_) {
    waiter->cancel();
    if (waiter->wake_) waiter->wake_();
  }
}

}  // namespace favo
