#include "sim/validate/publication.hpp"

#include <cmath>
#include <map>

namespace phasecore::validate {
namespace {

const std::vector<std::string>& kind_names() {
  static const std::vector<std::string> names{"exact", "calibrated", "predicted"};
  return names;
}

constexpr double kMostCalibratedPct = 2;

}  // namespace

const char* name_of(Kind kind) {
  return kind_names()[static_cast<std::size_t>(kind)].c_str();
}

double Row::tolerance() const {
  if (kind != Kind::Exact) return tolerance_pct.value_or(0);
  return 50 * rounded_to.value_or(0) / std::fabs(published.value_or(1));
}

void Row::fields(common::FieldVisitor& v) {
  v.place("", where);
  v.field({"id", "", "name of the row; no other row has it"}, id);
  v.field({"what", "", "what the figure is"}, what);
  v.field({"place", "", "table of the source in which it stands"}, place);
  v.choice({"kind", "", "exact: as printed; calibrated: constants were fitted to it; predicted: none was"},
           kind, kind_names());
  v.field({"published", "", "the figure; left out of a prediction that nobody has compared yet"}, published);
  v.field({"unit", "", "of both figures"}, unit);
  v.field({"rounded_to", "", "exact: value of the last digit printed (a count has none)", 0, 1e9},
          rounded_to);
  v.field({"tolerance_pct", "%", "calibrated and predicted: allowed deviation", 0, 1000}, tolerance_pct);
  v.choice({"compared", "", "ours is to be equal, at_most or at_least the published figure"}, compared,
           {"equal", "at_most", "at_least"});
  v.field({"reason", "", "known reason of a deviation beyond the tolerance"}, reason);
  v.choice({"measure", "", "how ours is obtained"}, measure, measures().names());
  of = measures().make(measure);
  v.group({"of", "", "what is measured; its keys are the measure's"}, *of);
  v.check(!published || *published != 0, "published must not be 0: errors are relative", {"published"});
  v.check(published || kind == Kind::Predicted, "only a predicted row may do without `published`", {"kind"});
  v.check(published || (!tolerance_pct && !reason), "without `published` there is nothing to deviate from",
          {"tolerance_pct", "reason"});
  v.check(kind == Kind::Exact || tolerance_pct || !published, "a row that is not exact needs tolerance_pct",
          {"kind"});
  v.check(kind != Kind::Exact || !tolerance_pct, "an exact row has no tolerance_pct, at most rounded_to",
          {"tolerance_pct", "kind"});
  v.check(kind == Kind::Exact || !rounded_to, "only an exact row has rounded_to", {"rounded_to", "kind"});
  v.check(kind != Kind::Calibrated || tolerance_pct.value_or(0) <= kMostCalibratedPct,
          "what is calibrated is met within 2 %", {"tolerance_pct", "kind"});
}

void Publication::fields(common::FieldVisitor& v) {
  v.field({"schema", "", "format of this file: phasecore.validation/1"}, schema);
  v.check(schema == "phasecore.validation/1",
          "schema '" + schema + "' is not known; allowed: phasecore.validation/1", {"schema"});
  v.field({"source", "", "what was published where"}, source);
  v.list({"rows", "", "figures"}, rows);
}

std::vector<Publication> load_publications() {
  std::vector<Publication> all;
  common::Diagnostics problems;
  for (const std::string& name : common::shipped(validation_files)) {
    const common::YamlNode root = common::read_settings(validation_files, name, problems);
    all.emplace_back();
    common::load_fields(root, all.back(), problems);
  }
  problems.raise_if_any();
  std::map<std::string, common::Location> known;
  for (const Publication& publication : all)
    for (const Row& row : publication.rows) {
      const auto [first, is_new] = known.emplace(row.id, row.where);
      if (!is_new)
        problems.add(row.where, "row '" + row.id + "' stands at " + to_string(first->second) + " already");
    }
  problems.raise_if_any();
  return all;
}

}  // namespace phasecore::validate
