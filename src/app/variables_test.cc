#include "app/variables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "app/manifest.h"

namespace favo::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using testing::StartsWith;

class VariablesTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) / "favo-variables";
    std::filesystem::create_directories(folder_ / "files");
    std::ofstream(folder_ / "a.wasm") << "not looked at";
    inputs_.environment = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = environment_.find(name);
      if (found == environment_.end()) return std::nullopt;
      return found->second;
    };
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static std::string manifest(const std::string& variables, const std::string& grant) {
    return "favo = 1\nname = \"a\"\n[component.a]\nsource = \"a.wasm\"\n[component.a.grant]\n" +
           grant + "\n[variable]\n" + variables;
  }
  Result<Manifest> parse(const std::string& variables, const std::string& grant) const {
    return parse_manifest(manifest(variables, grant), (folder_ / "favo.toml").string(), &inputs_);
  }
  std::string refusal(const std::string& variables, const std::string& grant) const {
    const auto parsed = parse(variables, grant);
    if (parsed) return "";
    std::string message = parsed.error().message();
    const std::string folder = folder_.string() + "/";
    for (std::size_t at; (at = message.find(folder)) != message.npos;)
      message.erase(at, folder.size());
    return message;
  }
  /// What the component gets for `V = "text"`.
  std::string value(const std::string& variables, const std::string& text) const {
    const auto parsed = parse(variables, "env = { V = '" + text + "' }");
    if (!parsed) return "error: " + parsed.error().message();
    return parsed->components[0].grants.env.at(0).second;
  }

  std::filesystem::path folder_;
  std::map<std::string, std::string> environment_;
  VariableInputs inputs_;
};

TEST_F(VariablesTest, AreReplacedByTheirValues) {
  EXPECT_EQ(value("level = \"info\"", "{{ level }}"), "info");
  EXPECT_EQ(value("level = \"info\"", "a{{level}}b{{  level  }}c"), "ainfobinfoc");
  EXPECT_EQ(value("level = { default = \"\" }", "<{{ level }}>"), "<>");
  EXPECT_EQ(value("a = \"1\"\nb = \"2\"", "{{ a }}{{ b }}"), "12");
  EXPECT_EQ(value("a = \"1\"", "}} { { a }"), "}} { { a }");
}

TEST_F(VariablesTest, ValuesAreNotLookedAtAgain) {
  EXPECT_EQ(value("a = \"{{ b }}\"\nb = \"2\"", "{{ a }}"), "{{ b }}");
  inputs_.given["a"] = "\", X = \"y";
  EXPECT_EQ(value("a = \"\"", "{{ a }}"), "\", X = \"y");
}

TEST_F(VariablesTest, TheNearestSourceWins) {
  const std::string variable = "a = { default = \"default\", file = \"a.txt\" }";
  EXPECT_EQ(value(variable, "{{ a }}"), "default");
  std::ofstream(folder_ / "a.txt") << "file\n";
  EXPECT_EQ(value(variable, "{{ a }}"), "file");
  environment_["FAVO_VAR_A"] = "environment";
  EXPECT_EQ(value(variable, "{{ a }}"), "environment");
  inputs_.given["a"] = "given";
  EXPECT_EQ(value(variable, "{{ a }}"), "given");
}

TEST_F(VariablesTest, TheEnvironmentHasTheNameThatTheManifestSays) {
  environment_["FAVO_VAR_API_KEY2"] = "usual";
  environment_["OTHER"] = "other";
  EXPECT_EQ(value("api_key2 = {}", "{{ api_key2 }}"), "usual");
  EXPECT_EQ(value("api_key2 = { env = \"OTHER\" }", "{{ api_key2 }}"), "other");
  environment_["OTHER"] = "";
  EXPECT_EQ(value("api_key2 = { env = \"OTHER\", default = \"x\" }", "{{ api_key2 }}"), "");
}

TEST_F(VariablesTest, FilesLoseOneNewlineAtTheirEnd) {
  std::ofstream(folder_ / "a.txt") << "line\nlast\r\n";
  EXPECT_EQ(value("a = { file = \"a.txt\" }", "{{ a }}"), "line\nlast");
  std::ofstream(folder_ / "a.txt") << "two\n\n";
  EXPECT_EQ(value("a = { file = \"a.txt\" }", "{{ a }}"), "two\n");
  std::ofstream(folder_ / "a.txt");
  EXPECT_EQ(value("a = { file = \"a.txt\" }", "{{ a }}"), "");
}

TEST_F(VariablesTest, StandInAllThatIsGranted) {
  inputs_.given = {{"host", "example.com"}, {"port", "5432"}, {"folder", "files"}};
  const auto parsed =
      parse("host = {}\nport = {}\nfolder = {}",
            "http = [\"https://api.{{ host }}\"]\ntcp = [\"db.{{ host }}:{{ port }}\"]\n"
            "udp = [\"{{ host }}:{{ port }}\"]\nlisten = [\"127.0.0.1:{{ port }}\"]\n"
            "dir = [{ host = \"{{ folder }}\", guest = \"/data\" }]");
  ASSERT_TRUE(parsed) << parsed.error().message();
  const policy::Grants& grants = parsed->components[0].grants;
  EXPECT_EQ(grants.http.at(0).print(), "https://api.example.com");
  EXPECT_EQ(grants.tcp.at(0).print(), "db.example.com:5432");
  EXPECT_EQ(grants.udp.at(0).print(), "example.com:5432");
  EXPECT_EQ(grants.listen_sockets.at(0).print(), "127.0.0.1:5432");
  EXPECT_EQ(grants.directories.at(0).host, (folder_ / "files").string());
  EXPECT_THAT(parsed->variables, ElementsAre("host", "port", "folder"));
}

TEST_F(VariablesTest, WhatIsGrantedIsCheckedWithItsValues) {
  inputs_.given["host"] = "a.org/path";
  EXPECT_THAT(refusal("host = {}", "http = [\"https://{{ host }}\"]"),
              StartsWith("favo.toml:6:9: "));
  inputs_.given["host"] = "nowhere";
  EXPECT_THAT(refusal("host = {}", "dir = [{ host = \"{{ host }}\", guest = \"/\" }]"),
              HasSubstr("there is no folder nowhere"));
}

TEST_F(VariablesTest, UnknownOnesAreToldWithTheNearest) {
  EXPECT_EQ(refusal("level = \"info\"", "env = { V = \"{{ levle }}\" }"),
            "favo.toml:6:13: there is no variable \"levle\"; did you mean \"level\"?");
  EXPECT_EQ(refusal("", "http = [\"{{ level }}\"]"),
            "favo.toml:6:9: there is no variable \"level\"; define it in [variable]");
}

TEST_F(VariablesTest, ReferencesHaveOneForm) {
  for (const char* text : {"{{ level", "{{ }}", "{{}}", "{{ Level }}", "{{ le vel }}",
                           "{{{level}}}", "{{ level | upper }}", "{{"}) {
    EXPECT_THAT(refusal("level = \"info\"", std::string("env = { V = \"") + text + "\" }"),
                HasSubstr("two opening braces begin a variable: expected {{ name }}, got"))
        << text;
  }
}

TEST_F(VariablesTest, WithoutADefaultAValueIsNeeded) {
  EXPECT_EQ(refusal("region = {}", ""),
            "favo.toml:8:10: the variable region has no value: set FAVO_VAR_REGION in the "
            "environment, or use --var region=VALUE, or give it a default");
  EXPECT_EQ(
      refusal("token = { secret = true, file = \"token.txt\" }", ""),
      "favo.toml:8:9: the variable token has no value: set FAVO_VAR_TOKEN in the environment, "
      "or write it to token.txt");
}

TEST_F(VariablesTest, SecretsComeFromTheEnvironmentOrAFile) {
  const std::string token = "token = { secret = true, env = \"TOKEN\", file = \"t\" }";
  std::ofstream(folder_ / "t") << "s3cret\n";
  EXPECT_EQ(value(token, "Bearer {{ token }}"), "Bearer s3cret");
  environment_["TOKEN"] = "t0psecret";
  EXPECT_EQ(value(token, "{{ token }}"), "t0psecret");
  inputs_.given["token"] = "given-s3cret";
  EXPECT_THAT(refusal(token, ""), HasSubstr("token is a secret, and what is on a command line"));
  EXPECT_THAT(refusal(token, ""), Not(HasSubstr("given-s3cret")));
  EXPECT_THAT(refusal("token = { secret = true, default = \"x-s3cret\" }", ""),
              AllOf(HasSubstr("remove the default"), Not(HasSubstr("s3cret"))));
}

TEST_F(VariablesTest, SecretsAreForTheEnvironmentAlone) {
  environment_["FAVO_VAR_TOKEN"] = "s3cret";
  const std::string token = "token = { secret = true }";
  for (const char* grant :
       {"http = [\"https://{{ token }}\"]", "tcp = [\"{{ token }}:1\"]", "udp = [\"{{ token }}\"]",
        "listen = [\"{{ token }}\"]", "dir = [{ host = \"{{ token }}\", guest = \"/\" }]"}) {
    EXPECT_THAT(
        refusal(token, grant),
        AllOf(HasSubstr("token is a secret, which may be used in env"), Not(HasSubstr("s3cret"))));
  }
}

TEST_F(VariablesTest, NoMessageShowsAValue) {
  for (const std::string& bad : {std::string("s3cret\0x", 8), std::string("s3cret\xff"),
                                 "s3cret" + std::string(Variables::kMaxValueBytes, 'x')}) {
    environment_["FAVO_VAR_TOKEN"] = bad;
    const std::string message = refusal("token = { secret = true }", "");
    EXPECT_THAT(message, AllOf(HasSubstr("the value of token"), Not(HasSubstr("s3cret"))));
  }
  environment_["FAVO_VAR_TOKEN"] = "s3cret";
  EXPECT_THAT(refusal("token = { secret = true }", "env = { V = \"{{ token }}\\u0000\" }"),
              AllOf(HasSubstr("it contains a NUL"), Not(HasSubstr("s3cret"))));
  EXPECT_THAT(refusal("token = { secret = true }", "env = { \"\" = \"{{ token }}\" }"),
              AllOf(HasSubstr("cannot name a variable"), Not(HasSubstr("s3cret"))));
}

TEST_F(VariablesTest, NamesAreSmallLetters) {
  for (const char* name : {"Level", "\"a-b\"", "\"1a\"", "_a", "\"\"", "\"a b\"", "\"é\""}) {
    EXPECT_THAT(refusal(std::string(name) + " = \"x\"", ""), HasSubstr("cannot name a variable"))
        << name;
  }
}

TEST_F(VariablesTest, DefinitionsAreChecked) {
  EXPECT_THAT(refusal("a = 1", ""), HasSubstr("variable.a is an integer; expected a string or a"));
  EXPECT_THAT(refusal("a = { secrt = true }", ""), HasSubstr("did you mean secret?"));
  EXPECT_THAT(refusal("a = { env = \"A=B\" }", ""), HasSubstr("env: expected the name of a"));
  EXPECT_THAT(refusal("a = { file = \"\" }", ""), HasSubstr("file: expected a path"));
  EXPECT_THAT(refusal("a = { file = \"files\" }", ""), HasSubstr("files is no file"));
}

TEST_F(VariablesTest, ToolsThatRunNothingNeedNoValues) {
  const std::string grant =
      "env = { V = \"{{ token }}\", W = \"w\" }\nhttp = [\"https://{{ host }}\"]";
  const auto parse = [&](const std::string& variables) {
    return parse_manifest(manifest(variables, grant), (folder_ / "favo.toml").string());
  };
  const auto parsed = parse("token = { secret = true }\nhost = {}");
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_THAT(parsed->components[0].grants.env, ElementsAre(Pair("W", "w")));
  EXPECT_TRUE(parsed->components[0].grants.http.empty());
  EXPECT_THAT(parse("token = { secret = true }").error().message(),
              HasSubstr("there is no variable \"host\""));
  EXPECT_THAT(parse("token = {}\nhost = { secret = true }").error().message(),
              HasSubstr("host is a secret"));
}

TEST(VariableInputs, AreNamesWithValues) {
  VariableInputs inputs;
  EXPECT_TRUE(inputs.add("a=1=2"));
  EXPECT_TRUE(inputs.add("a="));
  EXPECT_THAT(inputs.given, ElementsAre(Pair("a", "")));
  for (const char* text : {"", "a", "=x", "A=s3cret", "a b=s3cret"}) {
    const auto added = inputs.add(text);
    ASSERT_FALSE(added) << text;
    EXPECT_THAT(added.error().message(), Not(HasSubstr("s3cret")));
  }
}

}  // namespace
}  // namespace favo::app
