"""`favo run`: a component as a command-line tool."""

import os
import signal
import subprocess
import unittest

from harness import MEBIBYTE, PATIENCE, binary, child_environment, favo, guest, start_favo


def run(*arguments, options=(), **more):
    return favo("run", *options, guest("rust-cli"), "--", *arguments, **more)


class Run(unittest.TestCase):
    def test_arguments(self):
        outcome = run("echo", "one", "two three", "--four", "ü", "")
        self.assertEqual((outcome.code, outcome.stderr), (0, ""), outcome)
        self.assertEqual(outcome.stdout.decode(), "one two three --four ü \n")

    def test_options_after_the_separator_are_the_guests(self):
        self.assertEqual(run("echo", "--help", "--env", "--").stdout, b"--help --env --\n")

    def test_exit_codes(self):
        for code in (0, 1, 2, 42, 255):
            self.assertEqual(run("exit", str(code)).code, code)

    def test_failure_without_a_number(self):
        self.assertEqual(run("fail").code, 1)

    def test_c(self):
        outcome = favo("run", guest("c-cli"))
        self.assertEqual((outcome.code, outcome.stdout), (0, b"Hello from C\n"), outcome)
        self.assertEqual(favo("run", guest("c-cli"), "--", "3").code, 1)

    def test_standard_error_is_apart(self):
        outcome = run("nonsense")
        self.assertEqual((outcome.code, outcome.stdout), (1, b""))
        self.assertTrue(outcome.stderr.startswith("usage: "), outcome)

    def test_environment_is_what_was_granted(self):
        outcome = run("env", options=["--env", "A=1", "--env", "B=two words"])
        self.assertEqual(outcome.stdout, b"A=1\nB=two words\n")
        self.assertEqual(run("env").stdout, b"")

    def test_trap(self):
        outcome = run("trap")
        self.assertEqual((outcome.code, len(outcome.errors)), (70, 1), outcome)
        self.assertRegex(outcome.errors[0], "^favo: error: wasm trap: .*unreachable")
        self.assertIn("wasm backtrace:", outcome.stderr)
        self.assertIn("asked to", outcome.stderr)

    def test_wall_time(self):
        outcome = run("sleep", "50000", options=["--max-wall", "200ms"])
        self.assertEqual((outcome.code, len(outcome.errors)), (70, 1), outcome)
        self.assertIn("--max-wall", outcome.stderr)

    def test_sleeping_costs_no_cpu_time(self):
        outcome = run("sleep", "300", options=["--max-cpu", "100ms"])
        self.assertEqual((outcome.code, outcome.stdout), (0, b"awake\n"), outcome)

    def test_memory(self):
        outcome = run("echo", options=["--max-memory", "64KiB"])
        self.assertNotEqual(outcome.code, 0)
        self.assertGreaterEqual(outcome.code, 0)
        self.assertEqual(len(outcome.errors), 1, outcome)


class Streams(unittest.TestCase):
    def test_large_input_from_a_pipe(self):
        data = os.urandom(8 * MEBIBYTE)
        outcome = run("cat", stdin=data)
        self.assertEqual(outcome.code, 0, outcome)
        self.assertTrue(outcome.stdout == data)

    def test_files(self):
        with open(guest("rust-hello"), "rb") as file:
            done = subprocess.run([binary(), "run", guest("rust-cli"), "--", "cat"], stdin=file,
                                  capture_output=True, timeout=PATIENCE, env=child_environment())
            file.seek(0)
            self.assertTrue(done.stdout == file.read())
        self.assertEqual(done.returncode, 0)

    def test_no_input(self):
        self.assertEqual(run("cat").stdout, b"")

    def test_line_in_line_out(self):
        with start_favo("run", guest("rust-cli"), "--", "cat", bufsize=0) as process:
            for line in (b"one\n", b"two\n", b"three\n"):
                process.stdin.write(line)
                # Before the input ends.
                self.assertEqual(process.stdout.readline(), line)
            process.stdin.close()
            self.assertEqual(process.stdout.read(), b"")
            self.assertEqual(process.wait(PATIENCE), 0)

    def test_reader_that_leaves(self):
        """yes | favo run cat | head"""
        yes = subprocess.Popen(["yes"], stdout=subprocess.PIPE)
        cat = start_favo("run", guest("rust-cli"), "--", "cat", stdin=yes.stdout)
        yes.stdout.close()
        try:
            self.assertEqual(cat.stdout.readline(), b"y\n")
            cat.stdout.close()
            errors = cat.stderr.read().decode()
            code = cat.wait(PATIENCE)
        finally:
            for process in (yes, cat):
                process.kill()
                process.wait()
            cat.stderr.close()
        # The guest's write fails, and what it makes of that is its own business; it is no crash.
        self.assertGreater(code, 0, errors)

    def test_slow_reader(self):
        """What nobody reads stays small: the guest waits."""
        with start_favo("run", guest("rust-cli"), "--", "cat", stdin=subprocess.DEVNULL) as process:
            self.assertEqual(process.communicate(timeout=PATIENCE), (b"", b""))
        data = b"x" * 4 * MEBIBYTE
        with start_favo("run", guest("rust-cli"), "--", "cat") as process:
            os.set_blocking(process.stdin.fileno(), False)
            sent = 0
            try:
                while sent < len(data):
                    n = os.write(process.stdin.fileno(), data[sent:sent + 65536])
                    sent += n
            except BlockingIOError:
                pass
            self.assertLess(sent, len(data))
            os.set_blocking(process.stdin.fileno(), True)
            output, _ = process.communicate(data[sent:], timeout=PATIENCE)
            self.assertTrue(output == data)
            self.assertEqual(process.returncode, 0)

    def test_closed_streams(self):
        """Started without any standard stream, as a bad daemon would."""
        command = f'exec "{binary()}" run "{guest("rust-cli")}" -- echo hello <&- >&- 2>&-'
        done = subprocess.run(["sh", "-c", command], timeout=PATIENCE, env=child_environment())
        self.assertEqual(done.returncode, 0)

    def test_interrupt(self):
        with start_favo("run", guest("rust-cli"), "--", "cat", bufsize=0) as process:
            process.stdin.write(b"ready\n")
            self.assertEqual(process.stdout.readline(), b"ready\n")
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(PATIENCE), -signal.SIGINT)


if __name__ == "__main__":
    unittest.main()
