#include "wast/check.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>

#include "base/format.h"

namespace favo::wast {
namespace {

using Json = nlohmann::ordered_json;

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::Passed:
      return "passed";
    case Verdict::Failed:
      return "failed";
    case Verdict::Skipped:
      return "skipped";
  }
  std::unreachable();
}

using Skips = std::map<std::string, std::size_t>;

void count_skips(const Report& report, Skips& skips) {
  for (const Check& check : report.checks)
    if (check.verdict == Verdict::Skipped) ++skips[check.feature];
}

/// `, 6 skipped (cm-async 4, cm-gc 2)`, or nothing.
std::string skipped_part(const Skips& skips) {
  std::size_t all = 0;
  std::string features;
  for (const auto& [feature, count] : skips) {
    all += count;
    features += format("{}{} {}", features.empty() ? "" : ", ", feature, count);
  }
  return all == 0 ? std::string() : format(", {} skipped ({})", all, features);
}

/// Further lines of a message stand below its first.
std::string indented(std::string_view message) {
  std::string out;
  for (const char c : message) {
    out += c;
    if (c == '\n') out += "                ";
  }
  while (!out.empty() && (out.back() == ' ' || out.back() == '\n')) out.pop_back();
  return out;
}

Json to_json(const Check& check) {
  Json json{{"line", check.line},
            {"command", wast::to_string(check.kind)},
            {"verdict", to_string(check.verdict)}};
  if (!check.feature.empty()) json["feature"] = check.feature;
  if (!check.expectation.empty()) json["expected"] = check.expectation;
  if (!check.message.empty()) json["message"] = check.message;
  return json;
}

Json to_json(const Report& report) {
  Json json{{"file", report.file}};
  if (!report.error.empty()) json["error"] = report.error;
  json["checks"] = report.checks.size();
  json["passed"] = report.count(Verdict::Passed);
  json["failed"] = report.count(Verdict::Failed);
  json["skipped"] = report.count(Verdict::Skipped);
  json["not_passed"] = Json::array();
  for (const Check& check : report.checks)
    if (check.verdict != Verdict::Passed) json["not_passed"].push_back(to_json(check));
  return json;
}

}  // namespace

std::size_t Report::count(Verdict verdict) const {
  const auto same = std::ranges::count(checks, verdict, &Check::verdict);
  return static_cast<std::size_t>(same) + (verdict == Verdict::Failed && !error.empty());
}

std::string to_text(const Report& report) {
  if (!report.error.empty()) return format("{}: {}\n", report.file, indented(report.error));
  Skips skips;
  count_skips(report, skips);
  std::string text = format("{}: {}/{}{}\n", report.file, report.count(Verdict::Passed),
                            report.checks.size(), skipped_part(skips));
  for (const Check& check : report.checks) {
    if (check.verdict != Verdict::Failed) continue;
    text += format("  line {} {}\n", check.line, wast::to_string(check.kind));
    if (!check.expectation.empty()) text += format("    expected: {}\n", check.expectation);
    text += format("    got:      {}\n", indented(check.message));
  }
  return text;
}

std::string summary(const std::vector<Report>& reports) {
  Skips skips;
  std::size_t checks = 0, passed = 0, failed = 0;
  for (const Report& report : reports) {
    count_skips(report, skips);
    checks += report.checks.size();
    passed += report.count(Verdict::Passed);
    failed += report.count(Verdict::Failed);
  }
  return format("{} {}: {} of {} passed, {} failed{}\n", reports.size(),
                reports.size() == 1 ? "file" : "files", passed, checks, failed,
                skipped_part(skips));
}

std::string to_json(const std::vector<Report>& reports) {
  Json json{{"files", Json::array()}, {"checks", 0}, {"passed", 0}, {"failed", 0}, {"skipped", 0}};
  for (const Report& report : reports) {
    json["files"].push_back(to_json(report));
    for (const char* sum : {"checks", "passed", "failed", "skipped"})
      json[sum] = json[sum].get<std::size_t>() + json["files"].back()[sum].get<std::size_t>();
  }
  // Messages quote names of the component, which need not be text.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace favo::wast
