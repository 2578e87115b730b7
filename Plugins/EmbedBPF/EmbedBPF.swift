import Foundation
import PackagePlugin

/// Compiles `bpf/*.bpf.c` and writes a Swift file that carries the objects as text, so that the installed binary
/// needs no other file. The work is in `bpf/embed`, which people can run by hand.
@main
struct EmbedBPF: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let folder = context.package.directoryURL.appending(path: "bpf")
        let sources = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { ["c", "h"].contains($0.pathExtension) }
            .sorted { $0.path < $1.path }
        let script = folder.appending(path: "embed")
        let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedObjects.swift")
        // The toolchain's own clang, where it knows the target; embed falls back to the system's.
        let clang = try? context.tool(named: "clang").url.path
        return [
            .buildCommand(
                displayName: "Compiling bpf/*.bpf.c",
                executable: URL(filePath: "/bin/bash"),
                arguments: [script.path, output.path, clang ?? "clang"],
                inputFiles: sources + [script, folder.appending(path: "compile")],
                outputFiles: [output])
        ]
    }
}
