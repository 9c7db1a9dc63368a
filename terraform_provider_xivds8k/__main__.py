"""Entry point: hands over to the command line."""


def main() -> None:
    """Run the command line and exit with its code."""
    from terraform_provider_xivds8k.cli import run

    raise SystemExit(run())


if __name__ == "__main__":
    main()
