/// What the runs came to.
struct Report {
    /// Every frame made, those included that the kernel would not run a program on.
    private(set) var frames = 0
    private var counts: [String: Int] = [:]

    mutating func add(_ name: String, _ count: Int) { counts[name, default: 0] += count }

    /// A batch, and the counters it moved.
    mutating func add(frames: Int, moved: [String: Int]) {
        self.frames += frames
        // Bytes and packets by class would tell nothing here.
        for (name, count) in moved where !name.hasSuffix(" packets") && !name.hasSuffix(" bytes") { add(name, count) }
    }

    func progress(seconds: Double) -> String {
        "\(frames) frames in \(Int(seconds)) s, \(Int(Double(frames) / seconds)) a second"
    }

    func summary(seconds: Double) -> String {
        let list = counts.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
        return "\(progress(seconds: seconds)); \(list)"
    }
}
