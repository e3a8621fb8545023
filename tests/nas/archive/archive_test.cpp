#include "nas/archive/archive.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "nas/archive/row_hash.hpp"
#include "tests/support/support.hpp"

namespace phasecore::archive {
namespace {

using test::TempDirectory;
using testing::HasSubstr;
using testing::Not;

const Identity kIdentity = {{"seed", "1"}, {"chip.adc.bits", "8"}, {"objectives[0].figure", "cores"}};

Evaluation evaluation(std::vector<int> genes, int step = 0) {
  Evaluation e;
  e.genes = std::move(genes);
  e.step = step;
  e.fidelity = "analytic";
  e.figures["cores"] = {12, 0};
  e.figures["accuracy@1d"] = {0.1 + 0.2, 1.0 / 3};  // neither has a short decimal form
  return e;
}

TEST(Archive, ReadsBackWhatItStoredToTheBit) {
  const TempDirectory place;
  {
    Archive archive(place / "a.sqlite", kIdentity, Mode::Fresh, "seed 1");
    archive.store(evaluation({1, 2, 10}));
    Evaluation failed = evaluation({1, 2, 10}, 1);
    failed.figures.clear();
    failed.failure = "layer 'conv1' needs 80 cores";
    archive.store(failed);
  }
  Archive archive(place / "a.sqlite", kIdentity, Mode::Resume, "seed 1");
  ASSERT_EQ(archive.size(), 2u);
  const Evaluation* first = archive.find({1, 2, 10}, 0);
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->fidelity, "analytic");
  ASSERT_EQ(first->figures.size(), 2u);
  EXPECT_EQ(first->figures.at("accuracy@1d").value, 0.1 + 0.2);
  EXPECT_EQ(first->figures.at("accuracy@1d").error, 1.0 / 3);
  const Evaluation* second = archive.find({1, 2, 10}, 1);
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(second->failure, "layer 'conv1' needs 80 cores");
  EXPECT_EQ(archive.find({1, 2, 10}, 2), nullptr);
  EXPECT_EQ(archive.find({1, 2}, 0), nullptr);
}

TEST(Archive, RefusesToStoreAnEvaluationTwice) {
  const TempDirectory place;
  {
    Archive archive(place / "a.sqlite", kIdentity, Mode::Fresh, "");
    archive.store(evaluation({3, 4}));
    EXPECT_THAT(test::internal_error([&] {
                  archive.store(evaluation({3, 4}));
                }),
                HasSubstr("genotype 3 4 was evaluated twice at step analytic"));
  }
  Archive archive(place / "a.sqlite", kIdentity, Mode::Resume, "");
  EXPECT_THAT(test::internal_error([&] { archive.store(evaluation({3, 4})); }), HasSubstr("twice"));
}

TEST(Archive, RefusesFiguresThatAreNoFiniteNumbers) {
  Archive archive(":memory:", kIdentity, Mode::Fresh, "");
  for (const double value :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    Evaluation e = evaluation({1});
    e.figures["edp"].value = value;
    EXPECT_THAT(test::internal_error([&] { archive.store(e); }),
                HasSubstr("figure edp is not a finite number"));
    e = evaluation({1});
    e.figures["edp"].error = value;
    EXPECT_THAT(test::internal_error([&] { archive.store(e); }),
                HasSubstr("figure edp is not a finite number"));
  }
  EXPECT_EQ(archive.size(), 0u);
}

// SQLite keeps no sign of a zero; a resumed search would print another figure.
TEST(Archive, HasTheSameZeroBeforeAndAfterItIsReadBack) {
  const TempDirectory place;
  Evaluation e = evaluation({1});
  e.figures["avm_pp"] = {-0.0, 0};
  std::string before;
  {
    Archive archive(place / "a.sqlite", kIdentity, Mode::Fresh, "");
    archive.store(e);
    before = archive.dump();
  }
  EXPECT_EQ(Archive(place / "a.sqlite", kIdentity, Mode::Resume, "").dump(), before);
}

TEST(Archive, IsCopiedWholeAlsoWhenItsFileIsGone) {
  const TempDirectory place;
  std::string before;
  {
    Archive archive(place / "a.sqlite", kIdentity, Mode::Fresh, "seed 1");
    for (int i = 0; i < 100; ++i) archive.store(evaluation({i}));
    archive.prune(2, {{{5}, "one of 30"}});
    archive.set_note("spent_s", 7);
    before = archive.dump();
    ASSERT_EQ(std::remove((place / "a.sqlite").c_str()), 0);
    archive.copy_to(place / "b.sqlite");
    archive.store(evaluation({1000}));
    EXPECT_NO_THROW(archive.close());
  }
  Archive copy(place / "b.sqlite", kIdentity, Mode::Resume, "seed 1");
  EXPECT_EQ(copy.dump(), before);
  EXPECT_EQ(copy.note("spent_s"), 7);
}

TEST(Archive, NamesEveryKeyInWhichTheSettingsDiffer) {
  const TempDirectory place;
  { Archive archive(place / "a.sqlite", kIdentity, Mode::Fresh, ""); }
  const Identity changed = {{"seed", "2"}, {"chip.adc.bits", "8"}, {"device.name", "pcm-90nm"}};
  const std::string message =
      test::input_error([&] { Archive(place / "a.sqlite", changed, Mode::Resume, ""); });
  EXPECT_THAT(message, HasSubstr("seed: 1 -> 2"));
  EXPECT_THAT(message, HasSubstr("device.name: (absent) -> pcm-90nm"));
  EXPECT_THAT(message, HasSubstr("objectives[0].figure: cores -> (absent)"));
  EXPECT_THAT(message, Not(HasSubstr("adc.bits")));
}

TEST(Archive, IsNotOverwrittenByAFreshSearch) {
  const TempDirectory place;
  { Archive(place / "a.sqlite", kIdentity, Mode::Fresh, "").store(evaluation({1})); }
  EXPECT_THAT(test::input_error([&] { Archive(place / "a.sqlite", kIdentity, Mode::Fresh, ""); }),
              HasSubstr("already holds evaluations; give --resume"));
  EXPECT_EQ(Archive(place / "a.sqlite", kIdentity, Mode::Resume, "").size(), 1u);
}

TEST(Archive, ResumesFromNothingWhereThereIsNothing) {
  const TempDirectory place;
  test::write_text(place / "empty.sqlite", "");  // killed before anything was committed
  EXPECT_EQ(Archive(place / "empty.sqlite", kIdentity, Mode::Resume, "").size(), 0u);
  EXPECT_EQ(Archive(place / "new.sqlite", kIdentity, Mode::Resume, "").size(), 0u);
}

TEST(Archive, BelongsToOneProcessAtATime) {
  const TempDirectory place;
  Archive archive(place / "a.sqlite", kIdentity, Mode::Fresh, "");
  archive.store(evaluation({1}));
  EXPECT_THAT(test::environment_error([&] { Archive(place / "a.sqlite", kIdentity, Mode::Resume, ""); }),
              HasSubstr("is in use by another process"));
}

TEST(Archive, TriesLostEvaluationsAgainInTheNextProcess) {
  const TempDirectory place;
  Evaluation lost = evaluation({7});
  lost.figures.clear();
  lost.failure = "worker died of SIGSEGV";
  lost.lost = true;
  {
    Archive archive(place / "a.sqlite", kIdentity, Mode::Fresh, "");
    archive.store(lost);
    ASSERT_NE(archive.find({7}, 0), nullptr) << "in this process it has failed";
  }
  {
    Archive archive(place / "a.sqlite", kIdentity, Mode::Resume, "");
    EXPECT_EQ(archive.find({7}, 0), nullptr);
    archive.store(evaluation({7}));
  }
  Archive archive(place / "a.sqlite", kIdentity, Mode::Resume, "");
  ASSERT_NE(archive.find({7}, 0), nullptr);
  EXPECT_TRUE(archive.find({7}, 0)->failure.empty());
}

// What was lost may succeed now, and then the search rules out other genotypes than before.
TEST(Archive, ForgetsWhatWasRuledOutWhereSomethingWasLost) {
  const TempDirectory place;
  Evaluation lost = evaluation({7});
  lost.lost = true;
  lost.failure = "worker died";
  {
    Archive archive(place / "a.sqlite", kIdentity, Mode::Fresh, "");
    archive.store(lost);
    archive.prune(2, {{{5}, "one of 30"}});
  }
  Archive archive(place / "a.sqlite", kIdentity, Mode::Resume, "");
  archive.store(evaluation({7}));
  EXPECT_NO_THROW(archive.prune(2, {{{5}, "one of 32"}}));
  EXPECT_EQ(archive.dump().find("one of 30"), std::string::npos);
}

TEST(Archive, DumpsTheSameTextWhateverTheOrderOfStoring) {
  Archive a(":memory:", kIdentity, Mode::Fresh, "seed 1");
  Archive b(":memory:", kIdentity, Mode::Fresh, "seed 1");
  for (const int g : {2, 10, 1}) a.store(evaluation({g}));
  for (const int g : {1, 2, 10}) b.store(evaluation({g}));
  a.prune(0, {{{4}, "too many cores"}, {{3}, "surrogate"}});
  b.prune(0, {{{3}, "surrogate"}});
  b.prune(0, {{{3}, "surrogate"}, {{4}, "too many cores"}});
  a.set_note("spent_s", 3);
  EXPECT_EQ(a.dump(), b.dump());
  EXPECT_THAT(a.dump(),
              HasSubstr("evaluation 10 | 0 analytic | seed 1 | accuracy@1d = 0.30000000000000004 +- "));
  EXPECT_THAT(a.dump(), HasSubstr("pruned 4 in round 0 | too many cores"));
  b.store(evaluation({11}));
  EXPECT_NE(a.dump(), b.dump());
}

TEST(Archive, NoticesAReplayThatRulesOutForAnotherReason) {
  Archive archive(":memory:", kIdentity, Mode::Fresh, "");
  archive.prune(2, {{{1}, "one"}});
  EXPECT_THAT(test::internal_error([&] {
                archive.prune(2, {{{1}, "two"}});
              }),
              HasSubstr("ruled out as 'one'"));
  archive.prune(3, {{{1}, "two"}});
}

TEST(Archive, KeepsNotes) {
  const TempDirectory place;
  {
    Archive archive(place / "a.sqlite", kIdentity, Mode::Fresh, "");
    EXPECT_FALSE(archive.note("spent_s").has_value());
    archive.set_note("spent_s", 1);
    archive.set_note("spent_s", 2.5);
    archive.close();
  }
  EXPECT_EQ(Archive(place / "a.sqlite", kIdentity, Mode::Resume, "").note("spent_s"), 2.5);
}

TEST(RowHash, KnowsWhereAFieldEnds) {
  EXPECT_NE(RowHash().add(std::string("ab")).add(std::string("c")).hex(),
            RowHash().add(std::string("a")).add(std::string("bc")).hex());
  EXPECT_NE(RowHash().add(std::string("1")).hex(), RowHash().add(1LL).hex());
}

}  // namespace
}  // namespace phasecore::archive
