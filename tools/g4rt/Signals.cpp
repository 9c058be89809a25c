//===- Signals.cpp - Ctrl-C, SIGTERM, SIGHUP as calls ---------------------===//

#include "tools/g4rt/Signals.h"

#include <csignal>
#include <cstdint>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace g4rt {

SignalWatcher::SignalWatcher(std::function<void(int signal)> onSignal)
    : onSignal_(std::move(onSignal)) {
  sigset_t set;
  sigemptyset(&set);
  for (int signal : {SIGINT, SIGTERM, SIGHUP})
    sigaddset(&set, signal);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signals_ = ::signalfd(-1, &set, SFD_CLOEXEC);
  end_ = ::eventfd(0, EFD_CLOEXEC);
  thread_ = std::thread([this] { watch(); });
}

SignalWatcher::~SignalWatcher() {
  uint64_t one = 1;
  (void)!::write(end_, &one, sizeof(one));
  thread_.join();
  ::close(signals_);
  ::close(end_);
}

void SignalWatcher::watch() {
  pollfd fds[] = {{signals_, POLLIN, 0}, {end_, POLLIN, 0}};
  for (;;) {
    if (::poll(fds, 2, -1) < 0)
      continue; // EINTR
    if (fds[1].revents)
      return;
    signalfd_siginfo info;
    if (::read(signals_, &info, sizeof(info)) == sizeof(info))
      onSignal_(static_cast<int>(info.ssi_signo));
  }
}

} // namespace g4rt
