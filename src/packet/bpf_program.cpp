#include "packet/bpf_program.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <pcap/pcap.h>

#include <map>
#include <optional>

namespace weir::packet {
namespace {

// libpcap's functions, found by name.
struct PcapLibrary {
  decltype(&::pcap_open_dead) open_dead = nullptr;
  decltype(&::pcap_close) close = nullptr;
  decltype(&::pcap_compile) compile = nullptr;
  decltype(&::pcap_freecode) free_code = nullptr;
  decltype(&::pcap_geterr) get_error = nullptr;
  decltype(&::pcap_offline_filter) filter = nullptr;
};

template <class Function>
bool find_function(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

Result<PcapLibrary> load_pcap() {
  void* const library = ::dlopen("libpcap.so.0.8", RTLD_NOW | RTLD_LOCAL);
  PcapLibrary functions;
  if (library == nullptr || !find_function(library, "pcap_open_dead", functions.open_dead) ||
      !find_function(library, "pcap_close", functions.close) ||
      !find_function(library, "pcap_compile", functions.compile) ||
      !find_function(library, "pcap_freecode", functions.free_code) ||
      !find_function(library, "pcap_geterr", functions.get_error) ||
      !find_function(library, "pcap_offline_filter", functions.filter)) {
    return fail(ErrorCode::kUnsupported,
                "filters in libpcap's language need libpcap, which is not here (Debian: "
                "libpcap0.8); words for the inner packet work without it");
  }
  return functions;
}

class LoadedProgram final : public BpfProgram {
 public:
  LoadedProgram(const PcapLibrary& library, std::string text)
      : library_(library), text_(std::move(text)) {}
  LoadedProgram(const LoadedProgram&) = delete;
  LoadedProgram& operator=(const LoadedProgram&) = delete;
  ~LoadedProgram() override {
    for (auto& [link, code] : codes_) {
      if (code) {
        library_.free_code(&*code);
      }
    }
  }

  Result<void> compile_for(LinkType link) {
    constexpr int kSnapLength = 262'144;
    constexpr int kOptimised = 1;
    pcap_t* const capture = library_.open_dead(static_cast<int>(link), kSnapLength);
    if (capture == nullptr) {
      return fail(ErrorCode::kInternal, "libpcap cannot begin a filter");
    }
    bpf_program code{};
    const int status =
        library_.compile(capture, &code, text_.c_str(), kOptimised, PCAP_NETMASK_UNKNOWN);
    const std::string why = status == 0 ? "" : library_.get_error(capture);
    library_.close(capture);
    if (status != 0) {
      codes_[link] = std::nullopt;
      return fail(ErrorCode::kUsage, fmt::format("filter '{}': {}", text_, why));
    }
    codes_[link] = code;
    return {};
  }

  bool matches(const CapturedPacket& packet) override {
    auto found = codes_.find(packet.link);
    if (found == codes_.end()) {
      (void)compile_for(packet.link);  // what has no meaning on a link matches nothing there
      found = codes_.find(packet.link);
    }
    if (found == codes_.end() || !found->second) {
      return false;
    }
    pcap_pkthdr header{};
    header.caplen = static_cast<bpf_u_int32>(packet.frame.size());
    header.len = packet.wire_length;
    return library_.filter(&*found->second, &header,
                           reinterpret_cast<const u_char*>(packet.frame.data())) != 0;
  }

 private:
  PcapLibrary library_;
  std::string text_;
  std::map<LinkType, std::optional<bpf_program>> codes_;
};

}  // namespace

Result<std::unique_ptr<BpfProgram>> BpfProgram::compile(const std::string& text) {
  WEIR_ASSIGN_OR_RETURN(const PcapLibrary library, load_pcap());
  auto program = std::make_unique<LoadedProgram>(library, text);
  WEIR_RETURN_IF_ERROR(program->compile_for(LinkType::kEthernet));
  return std::unique_ptr<BpfProgram>(std::move(program));
}

}  // namespace weir::packet
