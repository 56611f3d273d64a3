package dev.thirteen.cli;

import picocli.CommandLine.Command;

/** {@code thirteen data}: data sets. */
@Command(
        name = "data",
        description = "Look at data sets of problems.",
        subcommands = {DataCheckCommand.class, WrongLabelsCommand.class})
final class DataCommands {}
