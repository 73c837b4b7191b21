#include "alarm/alarm_codec.h"

#include "codec/byte_reader.h"
#include "codec/byte_writer.h"

namespace weir::alarm {
namespace {

constexpr std::uint8_t kVersion = 2;  // 2: warm-up
constexpr std::uint64_t kMaxItems = 10'000;

// Two archives with one description of the members: what is written is what is read.
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}
  // Whether members that came with a version are there.
  [[nodiscard]] static bool has(std::uint8_t /*version*/) { return true; }
  void item(const std::string& text) { codec::put_text(text, out_); }
  void item(bool value) { out_ += value ? '\1' : '\0'; }
  void item(std::int64_t value) { codec::put_varint(codec::to_zigzag(value), out_); }
  void item(double value) { codec::put_fixed(value, out_); }
  template <class T>
  requires std::is_enum_v<T>
  void item(T value) { out_ += static_cast<char>(value); }
  template <class T>
  void item(const std::optional<T>& value) {
    item(value.has_value());
    if (value) {
      item(*value);
    }
  }
  template <class T>
  void item(const std::vector<T>& values) {
    codec::put_varint(values.size(), out_);
    for (const T& value : values) {
      item(value);
    }
  }
  template <class T>
  requires std::is_class_v<T>
  void item(const T& value) { describe(*this, const_cast<T&>(value)); }

 private:
  std::string& out_;
};

class Reader {
 public:
  Reader(std::string_view bytes, std::uint8_t version) : in_(bytes), version_(version) {}
  [[nodiscard]] bool has(std::uint8_t version) const { return version_ >= version; }
  void item(std::string& text) { text = std::string(in_.text()); }
  void item(bool& value) { value = in_.fixed<std::uint8_t>() != 0; }
  void item(std::int64_t& value) { value = codec::from_zigzag(in_.varint()); }
  void item(double& value) { value = in_.fixed<double>(); }
  void item(StateValue& value) { enumerator(value, 3); }
  void item(Comparison& value) { enumerator(value, 7); }
  void item(MissingData& value) { enumerator(value, 4); }
  template <class T>
  void item(std::optional<T>& value) {
    bool has_value = false;
    item(has_value);
    value.reset();
    if (has_value) {
      item(value.emplace());
    }
  }
  template <class T>
  void item(std::vector<T>& values) {
    const std::uint64_t count = in_.varint_up_to(kMaxItems);
    values.clear();
    for (std::uint64_t i = 0; i < count && in_.is_good(); ++i) {
      item(values.emplace_back());
    }
  }
  template <class T>
  requires std::is_class_v<T>
  void item(T& value) { describe(*this, value); }
  [[nodiscard]] bool is_done() const { return is_good_ && in_.is_at_end(); }

 private:
  template <class T>
  void enumerator(T& value, std::uint8_t end) {
    const auto number = in_.fixed<std::uint8_t>();
    is_good_ = is_good_ && number < end;
    value = static_cast<T>(number < end ? number : 0);
  }
  codec::ByteReader in_;
  std::uint8_t version_;
  bool is_good_ = true;
};

template <class A>
void describe(A& a, metric::Dimension& d) {
  a.item(d.name);
  a.item(d.value);
}
template <class A>
void describe(A& a, metric::MetricReference& m) {
  a.item(m.name_space);
  a.item(m.name);
  a.item(m.dimensions);
}
template <class A>
void describe(A& a, metric::MetricStat& s) {
  a.item(s.metric);
  a.item(s.period_s);
  a.item(s.statistic);
  a.item(s.unit);
}
template <class A>
void describe(A& a, metric::DataQuery& q) {
  a.item(q.id);
  a.item(q.metric_stat);
  a.item(q.expression);
  a.item(q.label);
  a.item(q.period_s);
  a.item(q.return_data);
  a.item(q.account_id);
}
template <class A>
void describe(A& a, State& s) {
  a.item(s.value);
  a.item(s.reason);
  a.item(s.reason_data);
  a.item(s.updated_ms);
  a.item(s.transitioned_ms);
  a.item(s.suppressed_by);
  a.item(s.suppressed_reason);
  a.item(s.evaluation_state);
}
template <class A>
void describe(A& a, AlarmBasics& b) {
  a.item(b.name);
  a.item(b.description);
  a.item(b.actions_enabled);
  a.item(b.ok_actions);
  a.item(b.alarm_actions);
  a.item(b.insufficient_data_actions);
}
template <class A>
void describe(A& a, WarmUp& w) {
  a.item(w.minutes);
  a.item(w.waits_to_its_end);
}
template <class A>
void describe(A& a, MetricAlarm& m) {
  describe(a, static_cast<AlarmBasics&>(m));
  a.item(m.metric);
  a.item(m.metrics);
  a.item(m.evaluation_periods);
  a.item(m.datapoints_to_alarm);
  a.item(m.threshold);
  a.item(m.threshold_metric_id);
  a.item(m.comparison);
  a.item(m.treat_missing_data);
  a.item(m.evaluate_low_sample_count_percentile);
  a.item(m.wall_clock_timezone);
  if (a.has(2)) {
    a.item(m.warm_up);
  }
}
template <class A>
void describe(A& a, CompositeAlarm& c) {
  describe(a, static_cast<AlarmBasics&>(c));
  a.item(c.rule);
  a.item(c.actions_suppressor);
  a.item(c.suppressor_wait_period_s);
  a.item(c.suppressor_extension_period_s);
}
template <class A>
void describe(A& a, SuppressedTransition& s) {
  a.item(s.old_state);
  a.item(s.since_ms);
}
template <class A>
void describe(A& a, Alarm& alarm) {
  a.item(alarm.scope);
  bool is_composite = alarm.composite() != nullptr;
  a.item(is_composite);
  if (is_composite != (alarm.composite() != nullptr)) {
    alarm.definition = CompositeAlarm{};
  }
  std::visit([&](auto& definition) { a.item(definition); }, alarm.definition);
  a.item(alarm.configuration_updated_ms);
  a.item(alarm.state);
  a.item(alarm.suppressed);
  a.item(alarm.muted);
  if (a.has(2)) {
    a.item(alarm.warm_up_until_ms);
  }
}
template <class A>
void describe(A& a, MuteRule& r) {
  a.item(r.scope);
  a.item(r.name);
  a.item(r.description);
  a.item(r.expression);
  a.item(r.duration);
  a.item(r.timezone);
  a.item(r.alarm_names);
  a.item(r.start_ms);
  a.item(r.expire_ms);
  a.item(r.updated_ms);
}

template <class T>
void encode(const T& value, std::string& out) {
  out += static_cast<char>(kVersion);
  Writer writer(out);
  writer.item(value);
}

template <class T>
Result<T> decode(std::string_view bytes, std::string_view what) {
  if (!bytes.empty() && static_cast<std::uint8_t>(bytes.front()) > kVersion) {
    return fail(ErrorCode::kUnsupported,
                std::string(what) + " was written by a newer Weir; use that one");
  }
  T value;
  Reader reader(bytes.substr(bytes.empty() ? 0 : 1),
                bytes.empty() ? kVersion : static_cast<std::uint8_t>(bytes.front()));
  reader.item(value);
  if (bytes.empty() || !reader.is_done()) {
    return fail(ErrorCode::kInput, std::string(what) + " is damaged in its table; put it again");
  }
  return value;
}

}  // namespace

void encode_alarm(const Alarm& alarm, std::string& out) { encode(alarm, out); }
Result<Alarm> decode_alarm(std::string_view bytes) { return decode<Alarm>(bytes, "an alarm"); }
void encode_state(const State& state, std::string& out) { encode(state, out); }
Result<State> decode_state(std::string_view bytes) {
  return decode<State>(bytes, "an alarm's state");
}
void encode_mute_rule(const MuteRule& rule, std::string& out) { encode(rule, out); }
Result<MuteRule> decode_mute_rule(std::string_view bytes) {
  return decode<MuteRule>(bytes, "a mute rule");
}

}  // namespace weir::alarm
