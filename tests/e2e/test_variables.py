"""Variables and secrets of `favo up`."""

import os
import unittest

from harness import favo
from test_applications import Up, application, get

MANIFEST = """
favo = 1
name = "kitchen"

[variable]
level = "info"
token = { secret = true, env = "KITCHEN_TOKEN", file = "token.txt" }

[component.kitchen]
source = "rust-kitchen.wasm"
[component.kitchen.grant]
env = { LEVEL = "{{ level }}", AUTH = "Bearer {{ token }}" }

[[trigger.http]]
route = "/..."
component = "kitchen"
"""

SECRET = "fjord-4711"


def environment(server):
    return set(get(server, "/env").text.splitlines())


class Values(unittest.TestCase):
    def test_come_from_defaults_and_files(self):
        folder = application(MANIFEST, **{"token.txt": f"{SECRET}\n"})
        with Up(folder) as server:
            self.assertEqual(environment(server), {"LEVEL=info", f"AUTH=Bearer {SECRET}"})

    def test_the_command_line_and_the_environment_win(self):
        folder = application(MANIFEST, **{"token.txt": "from the file\n"})
        with Up(folder, "--var", "level=debug",
                environment={"FAVO_VAR_LEVEL": "warning", "KITCHEN_TOKEN": SECRET}) as server:
            self.assertEqual(environment(server), {"LEVEL=debug", f"AUTH=Bearer {SECRET}"})
            get(server, "/no/such/path")
        self.assertNotIn(SECRET, "\n".join(server.lines))

    def test_what_only_composes_needs_none(self):
        folder = application(MANIFEST)
        outcome = favo("compose", folder, "-o", folder / "app.wasm")
        self.assertEqual(outcome.code, 0, outcome)


class Mistakes(unittest.TestCase):
    def up(self, manifest, *options):
        folder = application(manifest)
        outcome = favo("up", folder, "--listen", "127.0.0.1:0", *options)
        self.assertNotEqual(outcome.code, 0)
        self.assertNotIn(SECRET, outcome.stderr)
        return outcome.code, outcome.stderr.replace(f"{folder}{os.sep}", "")

    def test_a_missing_value_says_how_to_set_it(self):
        code, text = self.up(MANIFEST)
        self.assertEqual(code, 1)
        self.assertIn("favo.toml:7:9: the variable token has no value: set KITCHEN_TOKEN in the "
                      "environment, or write it to token.txt", text)

    def test_a_secret_is_not_for_the_command_line(self):
        self.assertIn("token is a secret", self.up(MANIFEST, "--var", f"token={SECRET}")[1])

    def test_a_secret_has_no_default(self):
        manifest = MANIFEST.replace('env = "KITCHEN_TOKEN"', f'default = "{SECRET}"')
        self.assertIn("remove the default", self.up(manifest)[1])

    def test_a_name_that_does_not_exist(self):
        code, text = self.up(MANIFEST.replace("{{ level }}", "{{ levle }}")
                             .replace("secret = true, env", "env").replace("KITCHEN_TOKEN", "PATH"))
        self.assertEqual(code, 1)
        self.assertIn('favo.toml:12:17: there is no variable "levle"; did you mean "level"?', text)

    def test_options_are_checked(self):
        manifest = MANIFEST.replace("secret = true, env", "env").replace("KITCHEN_TOKEN", "PATH")
        code, text = self.up(manifest, "--var", "levle=debug")
        self.assertEqual(code, 2)
        self.assertIn('has no variable "levle"; did you mean "level"?', text)
        code, text = self.up(manifest, "--var", "level")
        self.assertEqual(code, 2)
        self.assertIn("expected NAME=VALUE", text)


if __name__ == "__main__":
    unittest.main()
