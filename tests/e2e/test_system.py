"""What is not files: guests that call every function of wasi:cli, clocks, io and random, of 0.2 and of
preview 1, and compare the answers, with every kind of standard stream."""

import os
import pty
import subprocess
import unittest

from guest_checks import GuestTest, print_checks
from harness import (PATIENCE, binary, child_environment, favo, guest, scratch_directory,
                     start_favo)

DIGITS = b"0123456789"


def tearDownModule():
    print_checks("system interfaces")


class EveryFunction(GuestTest):
    ENVIRONMENT = ("--env", "K=V", "--env", "E=")

    def test_02(self):
        outcome = self.passes("system-02", "grant", "two words", stdin=DIGITS * 1000,
                              options=self.ENVIRONMENT)
        written = b"written \0\0" + b"." * 4096 + b"\0" * 4096 + b"\n"
        # What was spliced: all that the other checks left of the input.
        self.assertEqual(outcome.stdout, written + (DIGITS * 1000)[-9980:] + b"\n")
        self.assertTrue(outcome.stderr.encode().startswith(written))

    def test_02_without_a_grant(self):
        self.passes("system-02", "none")

    def test_02_waits_for_input(self):
        with start_favo("run", guest("system-02"), "--", "wait", bufsize=0) as process:
            process.stdin.write(b"some")
            process.stdin.write(b"more")
            process.stdin.close()
            text = process.stderr.read().decode()
            self.assert_passed(process.wait(PATIENCE), text)

    def test_02_misuse_traps(self):
        for name, why in (("poll", "the list of pollables is empty"),
                          ("random", "4294967296 bytes do not fit into a memory"),
                          ("insecure", "4294967296 bytes do not fit into a memory"),
                          ("write", "16 bytes written where check-write permitted 0"),
                          ("zeroes", "where check-write permitted 0"),
                          ("long", "blocking write of 4097 bytes, at most 4096"),
                          ("long-zeroes", "blocking write of 4097 bytes, at most 4096")):
            outcome = favo("run", guest("system-02"), "--", "trap", name)
            self.assertEqual((outcome.code, len(outcome.errors)), (70, 1), outcome)
            # On a line of its own, though the guest did not end its.
            self.assertTrue(outcome.stderr.startswith(f"trap: \n{outcome.errors[0]}"), outcome)
            self.assertIn(why, outcome.errors[0])

    def test_02_exit_codes(self):
        for how, code in (("ok", 0), ("error", 1), ("0", 0), ("33", 33), ("255", 255)):
            outcome = favo("run", guest("system-02"), "--", "exit", how)
            self.assertEqual((outcome.code, outcome.stderr), (code, ""), outcome)

    def test_c_preview_1(self):
        outcome = self.passes("system-c-p1", "grant", "two words", stdin=DIGITS,
                              options=self.ENVIRONMENT)
        self.assertEqual(outcome.stdout, b"written\nprinted 1\n")
        self.passes("system-c-p1", "none")

    def test_c_02(self):
        outcome = self.passes("system-c-02", "grant", "two words", stdin=DIGITS,
                              options=self.ENVIRONMENT)
        self.assertEqual(outcome.stdout, b"written\nprinted 1\n")
        self.passes("system-c-02", "none")

    def test_c_declarations(self):
        for name, output in (("direct-c-p1", b"output\n"), ("direct-c-02", b"out\0put\0\0ut")):
            path = scratch_directory()
            outcome = self.passes(name, "grant", stdin=b"input",
                                  options=["--dir", f"{path}:/work", "--env", "K=V"])
            self.assertEqual((outcome.stdout, os.listdir(path)), (output, []))
            self.passes(name, "none")

    def test_c_exit_codes(self):
        for code, told in ((0, 0), (7, 7), (126, 126), (255, 255), (-1, 255)):
            self.assertEqual(favo("run", guest("system-c-p1"), "--", "exit", code).code, told)
            # The 0.2 that a C library uses has no other numbers.
            self.assertEqual(favo("run", guest("system-c-02"), "--", "exit", code).code, told != 0)
        for name in ("system-c-p1", "system-c-02"):
            self.assertEqual(favo("run", guest(name), "--", "exit", "abort").code, 70)


class Terminals(GuestTest):
    def run_on_terminal(self, name, which):
        """With some of the standard streams on a terminal: 1 for input, 2 for output, 4 for errors."""
        master, slave = pty.openpty()
        ends = [slave if which >> fd & 1 else subprocess.PIPE for fd in range(3)]
        process = subprocess.Popen([binary(), "run", guest(name), "--", "terminals", str(which)],
                                   stdin=ends[0], stdout=ends[1], stderr=ends[2],
                                   env=child_environment())
        os.close(slave)
        text = b"".join(part for part in process.communicate(timeout=PATIENCE) if part)
        if which & 6:
            try:
                while part := os.read(master, 4096):
                    text += part
            except OSError:
                pass  # The other side is gone.
        os.close(master)
        self.assert_passed(process.returncode, text.decode())

    def test_guests_learn_which_streams_are_terminals(self):
        for which in range(8):
            for name in ("system-02", "system-c-p1", "system-c-02", "files-p1"):
                with self.subTest(name=name, which=which):
                    self.run_on_terminal(name, which)


class BrokenOutput(GuestTest):
    def test_nobody_reads(self):
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run([binary(), "run", guest("system-02"), "--", "broken"], stdout=write,
                              stderr=subprocess.PIPE, timeout=PATIENCE, env=child_environment())
        os.close(write)
        self.assert_passed(done.returncode, done.stderr.decode())

    def test_no_space(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([binary(), "run", guest("system-02"), "--", "broken"],
                                  stdout=full, stderr=subprocess.PIPE, timeout=PATIENCE,
                                  env=child_environment())
        self.assert_passed(done.returncode, done.stderr.decode())

    def test_input_that_must_not_be_waited_for(self):
        with start_favo("run", guest("files-p1"), "--", "again") as process:
            text = process.stdout.read().decode()
            self.assert_passed(process.wait(PATIENCE), text)


if __name__ == "__main__":
    unittest.main()
