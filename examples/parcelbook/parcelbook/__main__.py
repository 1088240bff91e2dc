from parcelbook.cli.main import main

raise SystemExit(main())
