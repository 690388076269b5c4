#include "fs/helpers.h"

#include <signal.h>

#include <utility>

namespace favo::fs {
namespace {

/// Signals are for the threads that wait for them. This includes SIGXFSZ, by which a file that
/// outgrows the process's limit would end the process: blocked, it is an error of the write.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

void Helpers::run(Loop& loop, std::move_only_function<void()> work,
                  std::move_only_function<void()> done) {
  {
    const std::lock_guard lock(mutex_);
    line_.push_back({&loop, std::move(work), std::move(done)});
    if (line_.size() > idle_ && threads_.size() < kThreads)
      threads_.emplace_back([this] { serve(); });
  }
  wake_.notify_one();
}

void Helpers::serve() {
  block_signals();
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    wake_.wait(lock, [this] { return stopping_ || !line_.empty(); });
    --idle_;
    if (line_.empty()) return;
    Job job = std::move(line_.front());
    line_.pop_front();
    lock.unlock();
    job.work();
    job.work = nullptr;
    job.loop->post_from_anywhere(std::move(job.done));
    lock.lock();
  }
}

void Helpers::stop() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    threads.swap(threads_);
  }
  wake_.notify_all();
  for (std::thread& thread : threads) thread.join();
}

}  // namespace favo::fs
