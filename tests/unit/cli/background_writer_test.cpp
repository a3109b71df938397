#include "cli/background_writer.hpp"

#include <fcntl.h>
#include <pty.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using rollcall::cli::BackgroundWriter;

namespace {

/// A pipe that holds 8192 bytes.
class Pipe {
 public:
  Pipe() {
    REQUIRE(::pipe2(ends_.data(), O_CLOEXEC) == 0);
    REQUIRE(::fcntl(ends_[1], F_SETPIPE_SZ, 8192) == 8192);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_reader();
    ::close(ends_[1]);
  }

  [[nodiscard]] int writer() const { return ends_[1]; }
  /// So that nothing more can be written before somebody reads.
  void fill() {
    const std::string bytes(8192, '.');
    REQUIRE(::write(ends_[1], bytes.data(), bytes.size()) == 8192);
  }
  /// Reads on until the text so far ends in this.
  std::string read_up_to(const std::string& end) {
    while (!text_.ends_with(end)) read_some();
    return text_;
  }
  /// Reads on until so much has come.
  void read(std::size_t size) {
    while (text_.size() < size) read_some();
  }
  void close_reader() {
    if (ends_[0] >= 0) ::close(ends_[0]);
    ends_[0] = -1;
  }

 private:
  void read_some() {
    std::array<char, 512> piece{};
    const ssize_t got = ::read(ends_[0], piece.data(), piece.size());
    REQUIRE(got > 0);
    text_.append(piece.data(), static_cast<std::size_t>(got));
  }

  std::array<int, 2> ends_{};
  std::string text_;
};

/// A pseudo-terminal of which nobody reads; its buffer holds some thousand bytes.
class Terminal {
 public:
  Terminal() { REQUIRE(::openpty(&reader_, &writer_, nullptr, nullptr, nullptr) == 0); }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal() {
    ::close(reader_);
    ::close(writer_);
  }

  [[nodiscard]] int writer() const { return writer_; }
  /// What it has taken so far, up to this end.
  [[nodiscard]] std::string read_up_to(const std::string& end) const {
    std::string text;
    std::array<char, 512> piece{};
    while (!text.ends_with(end)) {
      const ssize_t got = ::read(reader_, piece.data(), piece.size());
      REQUIRE(got > 0);
      text.append(piece.data(), static_cast<std::size_t>(got));
    }
    return text;
  }

 private:
  int reader_ = -1;
  int writer_ = -1;
};

/// A stream of a terminal that cannot be opened once more, as where it is another user's.
class WithoutRights {
 public:
  explicit WithoutRights(int terminal) : user_(::geteuid()) {
    REQUIRE(::fchmod(terminal, 0) == 0);
    if (user_ == 0) REQUIRE(::seteuid(65534) == 0);
  }
  WithoutRights(const WithoutRights&) = delete;
  WithoutRights& operator=(const WithoutRights&) = delete;
  ~WithoutRights() { static_cast<void>(::seteuid(user_) == 0); }

 private:
  uid_t user_;
};

std::unique_ptr<BackgroundWriter> writer_to(const Terminal& terminal, bool may_be_opened,
                                            const BackgroundWriter::Limits& limits) {
  std::optional<WithoutRights> forbidden;
  if (!may_be_opened) forbidden.emplace(terminal.writer());
  return std::make_unique<BackgroundWriter>(terminal.writer(), limits);
}

constexpr BackgroundWriter::Limits kImpatient{100'000, std::chrono::milliseconds{1}};

std::string filled(const std::string& rest) {
  return std::string(8192, '.') + rest;
}

}  // namespace

TEST_CASE("lines are handed over though nobody reads, and written in order once somebody does") {
  Pipe pipe;
  BackgroundWriter writer(pipe.writer());
  std::string all;
  for (int number = 0; number < 5000; ++number) {
    const std::string line = "line " + std::to_string(number) + "\n";
    writer.hand_over(line);
    all += line;
  }
  CHECK(pipe.read_up_to("line 4999\n") == all);
  writer.settle();
}

TEST_CASE("a line that does not fit into the pipe is written whole") {
  Pipe pipe;
  BackgroundWriter writer(pipe.writer());
  const std::string line(100'000, 'x');
  writer.hand_over(line + "\n");
  CHECK(pipe.read_up_to("\n") == line + "\n");
}

TEST_CASE("what nobody takes is dropped at the end, and the next line says so") {
  Pipe pipe;
  pipe.fill();
  BackgroundWriter writer(pipe.writer(), kImpatient);
  writer.hand_over("one\n");
  writer.redraw("drawn");
  writer.hand_over("two\n");
  writer.settle();
  pipe.read(8192);
  SECTION("with what is written after it") {
    writer.write("result\n", {});
    CHECK(pipe.read_up_to("result\n") ==
          filled("(2 lines of progress were dropped: stderr was not read in time.)\nresult\n"));
  }
  SECTION("with what is handed over after it") {
    writer.hand_over("three\n");
    writer.hand_over("four\n");
    CHECK(pipe.read_up_to("four\n") ==
          filled("(2 lines of progress were dropped: stderr was not read in time.)\nthree\nfour\n"));
  }
}

TEST_CASE("lines beyond those that may wait are dropped") {
  Pipe pipe;
  pipe.fill();
  BackgroundWriter writer(pipe.writer(), {2, std::chrono::minutes{1}});
  // The thread may have taken one to write.
  for (int number = 0; number < 5; ++number) writer.hand_over("line\n");
  pipe.read_up_to("line\nline\n");
  writer.settle();
  writer.write("result\n", {});
  const std::string rest = pipe.read_up_to("result\n").substr(8192);
  const bool one_taken = rest.starts_with("line\nline\nline\n");
  CHECK(rest == (one_taken ? "line\nline\nline\n(2 lines of progress were"
                           : "line\nline\n(3 lines of progress were") +
                    std::string(" dropped: stderr was not read in time.)\nresult\n"));
}

TEST_CASE("what is drawn and may not wait is nothing to tell of") {
  Pipe pipe;
  BackgroundWriter writer(pipe.writer(), {0, std::chrono::minutes{1}});
  writer.hand_over("line\n");
  writer.redraw("drawn");
  writer.write("result\n", {});
  CHECK(pipe.read_up_to("result\n") ==
        "(1 line of progress was dropped: stderr was not read in time.)\nresult\n");
}

TEST_CASE("of texts that replace one another only the last one waits") {
  Pipe pipe;
  pipe.fill();
  BackgroundWriter writer(pipe.writer());
  writer.hand_over("line\n");
  for (int number = 0; number < 100; ++number) writer.redraw("<" + std::to_string(number) + ">");
  writer.hand_over("end\n");
  CHECK(pipe.read_up_to("end\n") == filled("line\n<99>end\n"));
}

TEST_CASE("what is written comes after what was handed over") {
  Pipe pipe;
  BackgroundWriter writer(pipe.writer());
  for (int number = 0; number < 100; ++number) writer.hand_over("line\n");
  writer.write("result\n", {});
  std::string all;
  for (int number = 0; number < 100; ++number) all += "line\n";
  CHECK(pipe.read_up_to("result\n") == all + "result\n");
}

TEST_CASE("a reader that went away is waited for by nobody") {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  pipe.fill();
  BackgroundWriter writer(pipe.writer(), {100'000, std::chrono::minutes{10}});
  writer.hand_over("line\n");
  pipe.close_reader();
  writer.settle();
  writer.write("result\n", {});
  std::signal(SIGPIPE, before);
}

TEST_CASE("a terminal of which nobody reads is not waited for at the end") {
  for (const bool may_be_opened : {true, false}) {
    const Terminal terminal;
    const auto writer = writer_to(terminal, may_be_opened, kImpatient);
    writer->hand_over(std::string(200'000, 'x') + "\n");
    writer->settle();
    std::stop_source stop;
    stop.request_stop();
    writer->write(std::string(200'000, 'y') + "\n", stop.get_token());
  }
}

TEST_CASE("a terminal gets all that its reader takes") {
  for (const bool may_be_opened : {true, false}) {
    const Terminal terminal;
    const auto writer = writer_to(terminal, may_be_opened, {});
    std::string all;
    for (int number = 0; number < 2000; ++number) {
      const std::string line = "line " + std::to_string(number);
      writer->hand_over(line + "\n");
      all += line + "\r\n";
    }
    CHECK(terminal.read_up_to("line 1999\r\n") == all);
  }
}

TEST_CASE("after a stop nobody waits for a reader who takes nothing, but for one who does") {
  Pipe pipe;
  BackgroundWriter writer(pipe.writer(), {100'000, std::chrono::milliseconds{1}});
  std::stop_source stop;
  stop.request_stop();
  writer.write("first\n", stop.get_token());
  CHECK(pipe.read_up_to("\n") == "first\n");
  pipe.fill();
  writer.hand_over("line\n");
  writer.write("result\n", stop.get_token());
  pipe.read(8192);
}
